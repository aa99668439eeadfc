package main

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// rbacTarget is a policy and the domain to bind it in.
type rbacTarget struct {
	policy, domain string
}

// rbacGraph holds the edges by member, and the names that have a ClusterRole.
type rbacGraph struct {
	held     map[string][]Edge
	policies map[string]bool
}

func newRbacGraph(rules *Rules, roles []*rbacv1.ClusterRole) rbacGraph {
	graph := rbacGraph{held: map[string][]Edge{}, policies: map[string]bool{}}
	for _, role := range roles {
		graph.policies[role.Name] = true
	}
	for _, permission := range rules.Permissions {
		// A name with lines of its own reaches itself, even without edges.
		if _, known := graph.held[permission.Policy]; !known {
			graph.held[permission.Policy] = nil
		}
	}
	for _, edge := range rules.Edges {
		graph.held[edge.Member] = append(graph.held[edge.Member], edge)
	}
	return graph
}

// policiesOf follows an edge and then roles, and returns all policies it reaches. Edges in `*` and in one project chain
// to that project; edges in two projects never count together. It does not continue from a group: its members bring the
// group along.
func (graph rbacGraph) policiesOf(edge Edge) []rbacTarget {
	reached := []rbacTarget{{edge.Of, edge.Domain}}
	for at := 0; at < len(reached); at++ {
		from := reached[at]
		for _, next := range graph.held[from.policy] {
			domain, possible := chained(from.domain, next.Domain)
			target := rbacTarget{next.Of, domain}
			if possible && !isSubject(next.Of) && !slices.Contains(reached, target) {
				reached = append(reached, target)
			}
		}
	}
	return slices.DeleteFunc(reached, func(target rbacTarget) bool { return !graph.policies[target.policy] })
}

// groupsOf returns the groups that a user is in, directly or through other groups, in a domain.
func (graph rbacGraph) groupsOf(subject, domain string) []string {
	groups := []string{subject}
	for at := 0; at < len(groups); at++ {
		for _, edge := range graph.held[groups[at]] {
			counts := edge.Domain == everywhere || edge.Domain == domain
			if counts && isGroup(edge.Of) && !slices.Contains(groups, edge.Of) {
				groups = append(groups, edge.Of)
			}
		}
	}
	return groups[1:]
}

// chained returns the domain in which two edges count together, if there is one.
func chained(one, other string) (string, bool) {
	if one == everywhere {
		return other, true
	}
	return one, other == everywhere || other == one
}
