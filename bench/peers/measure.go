package main

import (
	"fmt"
	"slices"
	"time"
)

// Engine is an engine to measure. Only load, decide and bind are timed.
type Engine interface {
	version() string
	// load prepares the engine to decide by the rules.
	load(rules *Rules) error
	// expect takes the requests and may convert each to the form that a caller of this engine has.
	expect(requests []Request) error
	// decide answers the nth of the expected requests: allow, deny or none, or no when the engine cannot tell deny from
	// none.
	decide(nth int) (string, error)
	// bind adds an edge from a user, so that it counts for the next decision.
	bind(edge Edge) error
}

// Limits determine when to stop asking.
type Limits struct {
	Seconds float64
	// Once: each request is asked at most once, and the verdicts are kept.
	Once bool
}

// Measured holds an engine's figures. bench/measure.ts has the same fields for the engines in TypeScript.
type Measured struct {
	Engine       string  `json:"engine"`
	Version      string  `json:"version"`
	LoadCpuMs    float64 `json:"loadCpuMs"`
	RssMb        float64 `json:"rssMb"`
	Decisions    int     `json:"decisions"`
	CpuMs        float64 `json:"cpuMs"`
	PerCpuSecond float64 `json:"perCpuSecond"`
	P50Us        float64 `json:"p50Us"`
	P99Us        float64 `json:"p99Us"`
	ChangeCpuMs  float64 `json:"changeCpuMs"`
}

const (
	rounds     = 1000
	maxSamples = 1_000_000
	// lookAtClock is the interval at which the CPU time is read. A call of one microsecond per millisecond does not
	// disturb.
	lookAtClock = time.Millisecond
	maxChanges  = 200
	changesCpu  = 2 * time.Second
)

// measure loads, asks and changes, in this order. It returns the verdicts of the requests asked, with Once only.
func measure(engine Engine, rules *Rules, requests []Request, limits Limits) (*Measured, []string, error) {
	measured := &Measured{Version: engine.version()}
	rssBefore := residentMb()
	start := cpuTime()
	if err := engine.load(rules); err != nil {
		return nil, nil, fmt.Errorf("loading the rules: %w", err)
	}
	measured.LoadCpuMs = milliseconds(cpuTime() - start)
	measured.RssMb = residentMb() - rssBefore
	if err := engine.expect(requests); err != nil {
		return nil, nil, fmt.Errorf("reading the requests: %w", err)
	}
	verdicts, err := measured.ask(engine, len(requests), limits)
	if err != nil {
		return nil, nil, fmt.Errorf("deciding: %w", err)
	}
	return measured, verdicts, measured.change(engine, rules, requests)
}

// ask asks the requests in a loop and records the number of decisions and their latency.
func (measured *Measured) ask(engine Engine, requests int, limits Limits) ([]string, error) {
	limit := requests * rounds
	if limits.Once {
		limit = requests
	}
	var verdicts []string
	// Allocated in advance, so that the garbage collector has no extra work while it grows.
	taken := make([]time.Duration, 0, min(limit, maxSamples))
	budget := time.Duration(limits.Seconds * float64(time.Second))
	start := cpuTime()
	last := time.Now()
	looked := last
	done := 0
	for done < limit {
		verdict, err := engine.decide(done % requests)
		if err != nil {
			return nil, fmt.Errorf("request %d: %w", done%requests+1, err)
		}
		done++
		now := time.Now()
		if len(taken) < maxSamples {
			taken = append(taken, now.Sub(last))
		}
		if limits.Once {
			verdicts = append(verdicts, verdict)
		}
		last = now
		if now.Sub(looked) >= lookAtClock {
			if cpuTime()-start >= budget {
				break
			}
			last = time.Now()
			looked = last
		}
	}
	cpu := cpuTime() - start
	measured.Decisions = done
	measured.CpuMs = milliseconds(cpu)
	measured.PerCpuSecond = float64(done) / cpu.Seconds()
	slices.Sort(taken)
	measured.P50Us = microsecondsAt(taken, 0.50)
	measured.P99Us = microsecondsAt(taken, 0.99)
	return verdicts, nil
}

// change adds bindings one by one, each followed by a decision that it counts for.
func (measured *Measured) change(engine Engine, rules *Rules, requests []Request) error {
	edges := newBindings(rules, requests)
	if len(edges) == 0 {
		return nil
	}
	start := cpuTime()
	done := 0
	for ; done < len(edges) && (done == 0 || cpuTime()-start < changesCpu); done++ {
		if err := engine.bind(edges[done]); err != nil {
			return fmt.Errorf("binding %s to %s: %w", edges[done].Member, edges[done].Of, err)
		}
		if _, err := engine.decide(done); err != nil {
			return fmt.Errorf("deciding after a change: %w", err)
		}
	}
	measured.ChangeCpuMs = milliseconds(cpuTime()-start) / float64(done)
	return nil
}

// newBindings returns a new binding for the subject of each of the first requests, in their order.
func newBindings(rules *Rules, requests []Request) []Edge {
	var policies []string
	for _, permission := range rules.Permissions {
		if len(policies) == 0 || policies[len(policies)-1] != permission.Policy {
			policies = append(policies, permission.Policy)
		}
	}
	held := map[Edge]bool{}
	for _, edge := range rules.Edges {
		held[edge] = true
	}
	var edges []Edge
	for nth := 0; nth < min(len(requests), maxChanges) && len(policies) > 0; nth++ {
		for tries := range policies {
			edge := Edge{Member: requests[nth].Subject, Of: policies[(nth+tries)%len(policies)], Domain: everywhere}
			if !held[edge] {
				held[edge] = true
				edges = append(edges, edge)
				break
			}
		}
	}
	return edges
}
