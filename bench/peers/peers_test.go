package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
)

// decideAll loads an engine and asks it all requests.
func decideAll(t *testing.T, engine Engine, rules *Rules, requests []Request) []string {
	t.Helper()
	if err := engine.load(rules); err != nil {
		t.Fatal(err)
	}
	if err := engine.expect(requests); err != nil {
		t.Fatal(err)
	}
	verdicts := make([]string, len(requests))
	for nth := range requests {
		var err error
		if verdicts[nth], err = engine.decide(nth); err != nil {
			t.Fatal(err)
		}
	}
	return verdicts
}

// parse parses rules from text.
func parse(t *testing.T, lines string) *Rules {
	t.Helper()
	rules := &Rules{}
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			if err := rules.add(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	return rules
}

const handWritten = `
	p, pol-read, *, namespace:*/deployment:*, getDeployment, allow
	p, pol-web, *, namespace:dev/deployment:web-*, update*, allow
	p, pol-web, *, namespace:dev/deployment:web-1, updateDeployment, deny
	p, pol-dots, *, cls.1, a|b, allow
	p, pol-braces, *, x{a,b}[c]?\, getPod, allow
	p, pol-none, *, *, *, deny
	p, t##user##direct, *, *, *, allow
	g, t##user##everywhere, pol-read, *
	g, t##user##inA, pol-read, prj-a
	g, t##user##member, t##group##grp, *
	g, t##group##grp, pol-read, prj-a
	g, t##user##nested, rol-1, *
	g, rol-1, rol-2, prj-a
	g, rol-2, rol-3, *
	g, rol-3, pol-read, prj-a
	g, t##user##torn, rol-torn, prj-a
	g, rol-torn, pol-read, prj-b
	g, t##user##round, rol-x, *
	g, rol-x, rol-y, *
	g, rol-y, rol-x, *
	g, rol-y, pol-read, *
	g, t##user##web, pol-web, *
	g, t##user##signs, pol-dots, *
	g, t##user##signs, pol-braces, *
	g, t##user##refused, pol-read, *
	g, t##user##refused, rol-none, *
	g, rol-none, pol-none, prj-a
`

var cases = []struct {
	title   string
	request Request
	verdict string
	// The answer of RBAC, where it is asked. RBAC has no denies and no stars within a name.
	rbac string
}{
	{"an edge in * counts in a project", Request{"t##user##everywhere", "prj-a", "namespace:dev/deployment:web-1", "getDeployment"}, "allow", "allow"},
	{"an edge in * counts without a project", Request{"t##user##everywhere", "", "namespace:dev/deployment:web-1", "getDeployment"}, "allow", "allow"},
	{"an edge in a project counts there", Request{"t##user##inA", "prj-a", "namespace:dev/deployment:web-1", "getDeployment"}, "allow", "allow"},
	{"an edge in a project counts in no other", Request{"t##user##inA", "prj-b", "namespace:dev/deployment:web-1", "getDeployment"}, "none", "none"},
	{"an edge in a project does not count without one", Request{"t##user##inA", "", "namespace:dev/deployment:web-1", "getDeployment"}, "none", "none"},
	{"a group bound in a project gives access to its members", Request{"t##user##member", "prj-a", "namespace:dev/deployment:web-1", "getDeployment"}, "allow", "allow"},
	{"a group bound in a project gives no access elsewhere", Request{"t##user##member", "prj-b", "namespace:dev/deployment:web-1", "getDeployment"}, "none", "none"},
	{"nested roles chain through * and the project", Request{"t##user##nested", "prj-a", "namespace:dev/deployment:web-1", "getDeployment"}, "allow", "allow"},
	{"nested roles do not chain in another project", Request{"t##user##nested", "prj-b", "namespace:dev/deployment:web-1", "getDeployment"}, "none", "none"},
	{"edges in two projects do not chain in the first", Request{"t##user##torn", "prj-a", "namespace:dev/deployment:web-1", "getDeployment"}, "none", "none"},
	{"edges in two projects do not chain in the second", Request{"t##user##torn", "prj-b", "namespace:dev/deployment:web-1", "getDeployment"}, "none", "none"},
	{"a walk over a cycle ends", Request{"t##user##round", "", "namespace:dev/deployment:web-1", "getDeployment"}, "allow", "allow"},
	{"a walk over a cycle ends even if nothing matches", Request{"t##user##round", "", "namespace:dev/deployment:web-1", "deleteDeployment"}, "none", "none"},
	{"a star matches within a name and an action", Request{"t##user##web", "", "namespace:dev/deployment:web-2", "updateDeploymentScale"}, "allow", "allow"},
	{"the text around a star must match", Request{"t##user##web", "", "namespace:dev/deployment:db-1", "updateDeployment"}, "none", ""},
	{"a deny overrides an allow of the same policy", Request{"t##user##web", "", "namespace:dev/deployment:web-1", "updateDeployment"}, "deny", ""},
	{"a deny overrides an allow of another role", Request{"t##user##refused", "prj-a", "namespace:dev/deployment:web-1", "getDeployment"}, "deny", ""},
	{"a deny in a project does not count in another", Request{"t##user##refused", "prj-b", "namespace:dev/deployment:web-1", "getDeployment"}, "allow", "allow"},
	{"letter case does not count", Request{"t##user##everywhere", "", "NAMESPACE:dev/Deployment:WEB", "GETdeployment"}, "allow", ""},
	{"letter case counts in names", Request{"t##user##Everywhere", "", "namespace:dev/deployment:web-1", "getDeployment"}, "none", "none"},
	{"special characters are literal", Request{"t##user##signs", "", "cls.1", "a|b"}, "allow", ""},
	{"a dot matches no other character", Request{"t##user##signs", "", "clsX1", "a|b"}, "none", ""},
	{"a bar is not an alternative", Request{"t##user##signs", "", "cls.1", "a"}, "none", ""},
	{"braces and brackets are literal", Request{"t##user##signs", "", `x{a,b}[c]?\`, "getPod"}, "allow", ""},
	{"braces are not alternatives", Request{"t##user##signs", "", `xacy\`, "getPod"}, "none", ""},
	{"a name reaches its own lines", Request{"t##user##direct", "", "anything", "do"}, "allow", "allow"},
	{"an unknown subject reaches nothing", Request{"t##user##nobody", "prj-a", "anything", "do"}, "none", "none"},
}

func TestHandWrittenCases(t *testing.T) {
	rules := parse(t, handWritten)
	requests := make([]Request, len(cases))
	for nth := range cases {
		requests[nth] = cases[nth].request
	}
	verdicts := map[string][]string{}
	for name, engine := range engines {
		verdicts[name] = decideAll(t, engine(), rules, requests)
	}
	for nth, each := range cases {
		t.Run(each.title, func(t *testing.T) {
			if got := verdicts["opa"][nth]; got != each.verdict {
				t.Errorf("opa says %s instead of %s", got, each.verdict)
			}
			if got := verdicts["casbin"][nth]; got != yesOrNo(each.verdict) {
				t.Errorf("casbin says %s where %s is right", got, each.verdict)
			}
			if got := verdicts["rbac"][nth]; each.rbac != "" && got != each.rbac {
				t.Errorf("rbac says %s instead of %s", got, each.rbac)
			}
		})
	}
}

func yesOrNo(verdict string) string {
	if verdict == allowing {
		return allowing
	}
	return "no"
}

// generated returns about a thousand rules with everything that the engines could decide differently.
func generated(random *rand.Rand) *Rules {
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	user := func() string { return fmt.Sprintf("t##user##%d", random.IntN(100)) }
	group := func() string { return fmt.Sprintf("t##group##%d", random.IntN(20)) }
	role := func() string { return fmt.Sprintf("rol-%d", random.IntN(20)) }
	policy := func() string { return fmt.Sprintf("pol-%d", random.IntN(60)) }
	domain := func() string { return pick("*", "*", "prj-a", "prj-b", "prj-c") }
	rules := &Rules{}
	for range 400 {
		rules.Permissions = append(rules.Permissions, Permission{policy(), "*", pattern(random), anAction(random) + pick("", "*"), pick("allow", "allow", "allow", "deny")})
	}
	for range 600 {
		member := pick(user(), user(), user(), group(), role())
		rules.Edges = append(rules.Edges, Edge{member, pick(group(), role(), policy(), policy()), domain()})
	}
	return rules
}

func pattern(random *rand.Rand) string {
	words := []string{"*", "namespace:*/pod:*", "namespace:dev/pod:*", "namespace:dev/Pod:web*1", "*:web-1", "cls.1/*", "*|*", "a[b]*", "*{x,y}", "*e*e*"}
	return words[random.IntN(len(words))]
}

func anAction(random *rand.Rand) string {
	return []string{"getPod", "listPods", "GETPOD", "delete", ""}[random.IntN(5)]
}

func asked(random *rand.Rand, count int) []Request {
	objects := []string{"namespace:dev/pod:web-1", "namespace:prod/pod:web-11", "NAMESPACE:dev/pod:web1", "cls.1/x", "clsX1/x", "a|b", "a[b]c", "ab", "q{x,y}", "qx", "", "é\n/"}
	domains := []string{"", "prj-a", "prj-b", "prj-c", "prj-unknown"}
	requests := make([]Request, count)
	for nth := range requests {
		subject := fmt.Sprintf("t##user##%d", random.IntN(101))
		requests[nth] = Request{subject, domains[random.IntN(len(domains))], objects[random.IntN(len(objects))], anAction(random)}
	}
	return requests
}

func TestCasbinAndOpaDecideAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	rules, requests := generated(random), asked(random, 3000)
	ofCasbin := decideAll(t, engines["casbin"](), rules, requests)
	ofOpa := decideAll(t, engines["opa"](), rules, requests)
	seen := map[string]int{}
	for nth, verdict := range ofOpa {
		seen[verdict]++
		if ofCasbin[nth] != yesOrNo(verdict) {
			t.Fatalf("%+v: casbin says %s, opa %s", requests[nth], ofCasbin[nth], verdict)
		}
	}
	for _, verdict := range []string{"allow", "deny", "none"} {
		// Without all verdicts, the rules would prove nothing.
		if seen[verdict] < 100 {
			t.Errorf("%s only %d times: %v", verdict, seen[verdict], seen)
		}
	}
}

func TestANewBindingCountsForTheNextDecision(t *testing.T) {
	request := Request{"t##user##new", "prj-a", "namespace:dev/deployment:web-1", "getDeployment"}
	for name, make := range engines {
		for _, edge := range []Edge{{"t##user##new", "pol-read", "*"}, {"t##user##new", "rol-3", "prj-a"}, {"t##user##new", "rol-2", "prj-a"}} {
			t.Run(fmt.Sprintf("%s, %s in %s", name, edge.Of, edge.Domain), func(t *testing.T) {
				engine := make()
				if before := decideAll(t, engine, parse(t, handWritten), []Request{request}); before[0] == allowing {
					t.Fatal("allowed before")
				}
				if err := engine.bind(edge); err != nil {
					t.Fatal(err)
				}
				if after, err := engine.decide(0); after != allowing || err != nil {
					t.Fatalf("%s afterwards (%v)", after, err)
				}
			})
		}
	}
}

func TestCasbinHasTheModelOfTheEngine(t *testing.T) {
	file, err := os.ReadFile("../../authorization/engine/model.conf")
	if err != nil {
		t.Fatal(err)
	}
	withoutComments := regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(string(file), "")
	if strings.Join(strings.Fields(withoutComments), " ") != strings.Join(strings.Fields(casbinModel), " ") {
		t.Error("casbinModel and authorization/engine/model.conf differ")
	}
}
