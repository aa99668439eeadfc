package main

// opaPolicy decides like authorization/engine/model.conf, over data from opa_data.go. Everything is indexed by name, so
// a decision touches only what the subject reaches, however much data there is:
//
//	data.near[name]           the targets of the name's edges in any domain; every name of an edge is a key
//	data.edges[name][domain]  the same by domain
//	data.allow[name]          the lines of a policy: `exact` holds glob patterns of objects by action, `patterns` the lines
//	data.deny[name]           whose action has a star
//
// Rego has no recursion, and graph.reachable has no domains. So a first search follows the edges of all domains, and a
// second one follows the edges that count, among the few names that the first has found. This works to any depth and
// with cycles.
//
// Deny lines are searched before allow lines, and each search ends at the first match. A comprehension over all lines,
// a search unrolled by levels, and lines without an index by action were slower or no faster.
const opaPolicy = `
package authz

resource := lower(input.obj)

action := lower(input.act)

near := graph.reachable(data.near, {input.sub})

within := {name: array.concat(object.get(held, "*", []), object.get(held, input.dom, [])) |
	some name in near
	held := data.edges[name]
}

# A name always reaches itself, even without edges.
reached := graph.reachable(within, {input.sub}) | {input.sub}

default decision := "none"

decision := "deny" if {
	some name in reached
	covers(data.deny[name])
} else := "allow" if {
	some name in reached
	covers(data.allow[name])
}

covers(lines) if {
	some pattern in lines.exact[action]
	glob.match(pattern, null, resource)
}

covers(lines) if {
	some line in lines.patterns
	glob.match(line.action, null, action)
	glob.match(line.object, null, resource)
}
`
