package main

import (
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// clusterRolesOf returns a ClusterRole for each policy that allows anything. RBAC has no equivalent of deny lines.
func clusterRolesOf(permissions []Permission) []*rbacv1.ClusterRole {
	var roles []*rbacv1.ClusterRole
	byName := map[string]*rbacv1.ClusterRole{}
	for _, permission := range permissions {
		if permission.Effect == denying {
			continue
		}
		role := byName[permission.Policy]
		if role == nil {
			role = &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: permission.Policy}}
			byName[permission.Policy] = role
			roles = append(roles, role)
		}
		role.Rules = append(role.Rules, policyRule(permission))
	}
	return roles
}

// policyRule converts a line to RBAC: `namespace:*/deployment:web-1` and `getDeployment` are the verb get on the
// resource deployments with the name web-1.
func policyRule(permission Permission) rbacv1.PolicyRule {
	what := readObject(permission.Object)
	rule := rbacv1.PolicyRule{
		Verbs:     []string{verbOf(permission.Action)},
		APIGroups: []string{rbacv1.APIGroupAll},
		Resources: []string{what.resource},
	}
	if what.name != "" && !strings.Contains(what.name, "*") {
		rule.ResourceNames = []string{what.name}
	}
	return rule
}

// kubeObject is the part of an object that RBAC knows: `namespace:dev/deployment:web-1` is {deployments web-1}.
type kubeObject struct {
	resource, name string
}

// readObject parses the last part of an object. Without a kind, like `*`, it means every resource.
func readObject(object string) kubeObject {
	last := object[strings.LastIndexByte(object, '/')+1:]
	kind, name, found := strings.Cut(last, ":")
	if !found || strings.Contains(kind, "*") {
		return kubeObject{resource: rbacv1.ResourceAll}
	}
	return kubeObject{resource: plural(strings.ToLower(kind)), name: name}
}

// verbOf returns the part of an action before the kind: get for `getDeployment`. A star in it means every verb.
func verbOf(action string) string {
	verb := action
	if kind := strings.IndexFunc(action, func(letter rune) bool { return letter >= 'A' && letter <= 'Z' }); kind > 0 {
		verb = action[:kind]
	}
	if strings.Contains(verb, "*") {
		return rbacv1.VerbAll
	}
	return strings.ToLower(verb)
}

func plural(kind string) string {
	switch {
	case strings.HasSuffix(kind, "y"):
		return kind[:len(kind)-1] + "ies"
	case strings.HasSuffix(kind, "s"):
		return kind + "es"
	default:
		return kind + "s"
	}
}

// isSubject reports whether a name is that of a user or a group: TENANT##user##NAME or TENANT##group##ID.
func isSubject(name string) bool { return isGroup(name) || strings.Contains(name, "##user##") }

func isGroup(name string) bool { return strings.Contains(name, "##group##") }
