package main

// opaPolicy decides like authorization/engine/model.conf, over data that opa_data.go makes. Everything is found by the name that it belongs to, so
// that a decision touches only what the subject reaches, however much else there is:
//
//	data.near[name]           what the name has edges to, in whatever domain; every name of an edge is a key
//	data.edges[name][domain]  the same by domain
//	data.allow[name]          the lines of a policy: `exact` holds glob patterns of objects by action, `patterns` those lines
//	data.deny[name]           whose action holds a star
//
// Rego has no recursion, and graph.reachable knows no domains. So a first search takes the edges of all domains, and a second
// one takes those that count here, from the few names that the first has found: any depth, safe in cycles.
//
// Denials come before allowing lines, and each search ends with the first line that matches. A comprehension over all lines,
// a search unrolled by levels, and lines not indexed by action were tried, and were slower or no faster.
const opaPolicy = `
package authz

resource := lower(input.obj)

action := lower(input.act)

near := graph.reachable(data.near, {input.sub})

within := {name: array.concat(object.get(held, "*", []), object.get(held, input.dom, [])) |
	some name in near
	held := data.edges[name]
}

# A name always reaches itself, also one without edges.
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
