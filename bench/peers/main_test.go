package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write creates a file for a test and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const (
	twoRules    = "p, pol-a, *, *, *, allow\ng, t##user##u, pol-a, *\n"
	twoRequests = `{"sub":"t##user##u","dom":"","obj":"x","act":"getPod"}` + "\n" + `{"sub":"t##user##v","dom":"","obj":"x","act":"getPod"}` + "\n"
)

// stdoutOf returns what run prints to stdout.
func stdoutOf(t *testing.T, work func()) string {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = writer
	work()
	os.Stdout = stdout
	writer.Close()
	printed, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(printed)
}

func TestEveryEnginePrintsItsFiguresAndWritesItsDecisions(t *testing.T) {
	for name, refused := range map[string]string{"casbin": "no", "opa": "none", "rbac": "none"} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.txt")
			args := []string{name, "--rules", write(t, "r.csv", twoRules), "--requests", write(t, "r.jsonl", twoRequests), "--seconds", "1", "--decisions", out}
			var err error
			printed := stdoutOf(t, func() { err = run(args) })
			if err != nil {
				t.Fatal(err)
			}
			var figures Measured
			if err := json.Unmarshal([]byte(printed), &figures); err != nil || strings.Count(printed, "\n") != 1 {
				t.Fatalf("%q is not a line of JSON (%v)", printed, err)
			}
			if figures.Engine != name || figures.Decisions != 2 || figures.PerCpuSecond <= 0 || figures.LoadCpuMs <= 0 || figures.ChangeCpuMs <= 0 {
				t.Errorf("strange figures: %+v", figures)
			}
			if words, _ := os.ReadFile(out); string(words) != "allow\n"+refused+"\n" {
				t.Errorf("decided %q", words)
			}
		})
	}
}

func TestAtLeastOneRequestIsAskedAndAllOfThemAThousandTimesAtMost(t *testing.T) {
	for says, given := range map[string]struct {
		seconds     float64
		least, most int
	}{
		"no time":             {0, 1, 1000},
		"more time than work": {60, 1000, 1000},
	} {
		t.Run(says, func(t *testing.T) {
			request := Request{"t##user##u", "", "x", "getPod"}
			measured, _, err := measure(engines["rbac"](), parse(t, twoRules), []Request{request}, Limits{Seconds: given.seconds})
			if err != nil {
				t.Fatal(err)
			}
			if measured.Decisions < given.least || measured.Decisions > given.most {
				t.Errorf("%d decisions", measured.Decisions)
			}
		})
	}
}

func TestErrorsNameWhatAndWhere(t *testing.T) {
	good := []string{write(t, "good.csv", twoRules), write(t, "good.jsonl", twoRequests)}
	missing := filepath.Join(t.TempDir(), "missing.csv")
	for says, given := range map[string]struct {
		args  []string
		names string
	}{
		"an engine that there is not":     {[]string{"cedar"}, "casbin, opa or rbac"},
		"no arguments":                    {nil, "casbin, opa or rbac"},
		"an unknown flag":                 {[]string{"opa", "--rule", "x"}, "-rule"},
		"an argument too many":            {[]string{"opa", "more"}, `"more"`},
		"a file that there is not":        {[]string{"opa", "--rules", missing, "--requests", good[1]}, missing},
		"a line of rules too short":       {[]string{"opa", "--rules", write(t, "short.csv", twoRules+"g, a, b\n"), "--requests", good[1]}, "short.csv:3:"},
		"an effect that there is not":     {[]string{"opa", "--rules", write(t, "effect.csv", "p, a, *, o, a, maybe\n"), "--requests", good[1]}, "effect.csv:1:"},
		"a line of requests not JSON":     {[]string{"opa", "--rules", good[0], "--requests", write(t, "bad.jsonl", "\n{\n")}, "bad.jsonl:2:"},
		"no requests":                     {[]string{"opa", "--rules", good[0], "--requests", write(t, "empty.jsonl", "")}, "empty.jsonl"},
		"decisions that can't be written": {[]string{"opa", "--rules", good[0], "--requests", good[1], "--decisions", filepath.Join(missing, "out")}, "out"},
	} {
		t.Run(says, func(t *testing.T) {
			if err := run(given.args); err == nil || !strings.Contains(err.Error(), given.names) {
				t.Errorf("%v does not name %s", err, given.names)
			}
		})
	}
}
