// Measures a peer of Steward's engine, for bench/engines.ts, with the same rules and requests as all engines:
//
//	peers ENGINE --rules FILE.csv --requests FILE.jsonl --seconds S [--decisions OUT.txt]
//
// It prints one line of JSON with the fields of Measured. With --decisions, each request is asked at most once, and OUT
// gets one word for each request that was decided in time. Errors go to stderr as one line, with exit code 2.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

// engines by their name on the command line.
var engines = map[string]func() Engine{
	"casbin": func() Engine { return &casbinEngine{} },
	"opa":    func() Engine { return &opaEngine{} },
	"rbac":   func() Engine { return &rbacEngine{} },
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "peers: %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 || engines[args[0]] == nil {
		return fmt.Errorf("the first argument must be casbin, opa or rbac")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(nothing{})
	rulesFile := flags.String("rules", "", "Casbin CSV")
	requestsFile := flags.String("requests", "", "JSON lines")
	seconds := flags.Float64("seconds", 1, "CPU time of deciding")
	decisionsFile := flags.String("decisions", "", "where to write a word for each request")
	if err := flags.Parse(args[1:]); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%s: unexpected argument %q", args[0], flags.Arg(0))
	}
	rules, err := readRules(*rulesFile)
	if err != nil {
		return err
	}
	requests, err := readRequests(*requestsFile)
	if err != nil {
		return err
	}
	measured, verdicts, err := measure(engines[args[0]](), rules, requests, Limits{Seconds: *seconds, Once: *decisionsFile != ""})
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if *decisionsFile != "" {
		if err := os.WriteFile(*decisionsFile, []byte(strings.Join(verdicts, "\n")+"\n"), 0o644); err != nil {
			return err
		}
	}
	measured.Engine = args[0]
	return json.NewEncoder(os.Stdout).Encode(measured)
}

// nothing discards the usage text of package flag, which has many lines. Its error says enough.
type nothing struct{}

func (nothing) Write(text []byte) (int, error) { return len(text), nil }

// versionOf returns the version of a module that this program was built with.
func versionOf(module string) string {
	info, _ := debug.ReadBuildInfo()
	if info != nil {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return "unknown"
}
