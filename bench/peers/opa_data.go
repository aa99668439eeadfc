package main

import "strings"

// document is a JSON object in the form that OPA takes.
type document = map[string]any

// opaData is the data of opaPolicy.
func opaData(rules *Rules) document {
	near, edges := document{}, document{}
	for _, edge := range rules.Edges {
		for _, name := range []string{edge.Member, edge.Of} {
			if near[name] == nil {
				near[name] = []any{}
				edges[name] = document{}
			}
		}
		appendTo(near, edge.Member, edge.Of)
		appendTo(edges[edge.Member].(document), edge.Domain, edge.Of)
	}
	lines := document{allowing: document{}, denying: document{}}
	for _, permission := range rules.Permissions {
		byPolicy := lines[permission.Effect].(document)
		if byPolicy[permission.Policy] == nil {
			byPolicy[permission.Policy] = document{"exact": document{}, "patterns": []any{}}
		}
		addLine(byPolicy[permission.Policy].(document), permission)
	}
	return document{"near": near, "edges": edges, allowing: lines[allowing], denying: lines[denying]}
}

func addLine(lines document, permission Permission) {
	object := globOf(permission.Object)
	if strings.Contains(permission.Action, "*") {
		appendTo(lines, "patterns", document{"action": globOf(permission.Action), "object": object})
	} else {
		appendTo(lines["exact"].(document), strings.ToLower(permission.Action), object)
	}
}

func appendTo(lists document, key string, value any) {
	list, _ := lists[key].([]any)
	lists[key] = append(list, value)
}

// quoteGlob escapes all special characters of a glob except the star.
var quoteGlob = strings.NewReplacer(`\`, `\\`, `?`, `\?`, `[`, `\[`, `]`, `\]`, `{`, `\{`, `}`, `\}`)

// globOf returns the pattern with which glob.match matches a text in lower case as casbin's keyMatchCustom matches the
// text.
func globOf(pattern string) string {
	return quoteGlob.Replace(strings.ToLower(pattern))
}
