package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Permission is a line `p, policy, domain, object, action, effect`. Its domain is `*` and never compared.
type Permission struct {
	Policy, Domain, Object, Action, Effect string
}

// Edge is a line `g, member, of, domain`: member belongs to of, in domain.
type Edge struct {
	Member, Of, Domain string
}

// Rules holds the lines of a rules file by type, in file order.
type Rules struct {
	Permissions []Permission
	Edges       []Edge
}

// Request is a line of a requests file.
type Request struct {
	Subject string `json:"sub"`
	Domain  string `json:"dom"`
	Object  string `json:"obj"`
	Action  string `json:"act"`
}

// everywhere is the domain of edges that count in every domain.
const everywhere = "*"

// The effects of a permission. Any other effect is an error, because it would be ignored silently.
const (
	allowing = "allow"
	denying  = "deny"
)

// readRules reads a Casbin CSV file. An error names the file, the line and the problem.
func readRules(file string) (*Rules, error) {
	rules := &Rules{}
	err := eachLine(file, rules.add)
	return rules, err
}

func (rules *Rules) add(line string) error {
	fields := strings.Split(line, ", ")
	switch {
	case fields[0] == "p" && len(fields) == 6:
		if fields[5] != allowing && fields[5] != denying {
			return fmt.Errorf("the effect %q is neither allow nor deny", fields[5])
		}
		rules.Permissions = append(rules.Permissions, Permission{fields[1], fields[2], fields[3], fields[4], fields[5]})
	case fields[0] == "g" && len(fields) == 4:
		rules.Edges = append(rules.Edges, Edge{fields[1], fields[2], fields[3]})
	default:
		return fmt.Errorf("neither `p, policy, *, object, action, effect` nor `g, member, of, domain`")
	}
	return nil
}

// readRequests reads a file of JSON lines, which must not be empty. Errors are as in readRules.
func readRequests(file string) ([]Request, error) {
	var requests []Request
	err := eachLine(file, func(line string) error {
		var request Request
		if err := json.Unmarshal([]byte(line), &request); err != nil {
			return err
		}
		requests = append(requests, request)
		return nil
	})
	if err == nil && len(requests) == 0 {
		return nil, fmt.Errorf("%s: no requests", file)
	}
	return requests, err
}

// eachLine calls take for each line that is not empty, until it returns an error.
func eachLine(file string, take func(line string) error) error {
	opened, err := os.Open(file)
	if err != nil {
		return err
	}
	defer opened.Close()
	scanner := bufio.NewScanner(opened)
	number := 0
	for scanner.Scan() {
		number++
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			if err := take(line); err != nil {
				return fmt.Errorf("%s:%d: %w", file, number, err)
			}
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("%s:%d: %w", file, number+1, err)
	}
	return nil
}
