package main

import (
	"context"
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	rbaclisters "k8s.io/client-go/listers/rbac/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac"
)

// rbacEngine runs the RBAC authorizer of kube-apiserver, with the caches that its informers would fill. Rules map to
// objects:
//
//	p lines of a policy          a ClusterRole with the policy's name (rbac_lines.go)
//	subject -> policy in `*`     a ClusterRoleBinding
//	subject -> policy in prj-1   a RoleBinding in namespace prj-1
//	subject -> role              the same for every policy that the role reaches, since RBAC has no nested roles
//	user -> group                nothing: groups come with the request, as from an authenticator
//
// RBAC is less expressive, so its decisions differ: deny lines are left out; so is the namespace in an object's
// pattern, which only a binding's namespace could express; and a name with a star means every name. The namespace of a
// request is its project.
type rbacEngine struct {
	graph               rbacGraph
	clusterRoleBindings cache.Indexer
	roleBindings        cache.Indexer
	authorizer          authorizer.Authorizer
	attributes          []authorizer.AttributesRecord
}

func (engine *rbacEngine) version() string { return versionOf("k8s.io/kubernetes") }

func (engine *rbacEngine) load(rules *Rules) error {
	byNamespace := func() cache.Indexer {
		return cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	}
	clusterRoles := byNamespace()
	engine.clusterRoleBindings, engine.roleBindings = byNamespace(), byNamespace()
	engine.authorizer = rbac.New(
		&rbac.RoleGetter{Lister: rbaclisters.NewRoleLister(byNamespace())},
		&rbac.RoleBindingLister{Lister: rbaclisters.NewRoleBindingLister(engine.roleBindings)},
		&rbac.ClusterRoleGetter{Lister: rbaclisters.NewClusterRoleLister(clusterRoles)},
		&rbac.ClusterRoleBindingLister{Lister: rbaclisters.NewClusterRoleBindingLister(engine.clusterRoleBindings)},
	)
	roles := clusterRolesOf(rules.Permissions)
	for _, role := range roles {
		if err := clusterRoles.Add(role); err != nil {
			return err
		}
	}
	engine.graph = newRbacGraph(rules, roles)
	for subject := range engine.graph.held {
		if !isSubject(subject) {
			continue
		}
		for _, target := range engine.graph.policiesOf(Edge{Of: subject, Domain: everywhere}) {
			if err := engine.add(subject, target); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds a binding of a subject to a policy in the target's domain.
func (engine *rbacEngine) add(subject string, target rbacTarget) error {
	meta := metav1.ObjectMeta{Name: subject + ":" + target.policy}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: target.policy}
	kind := rbacv1.UserKind
	if isGroup(subject) {
		kind = rbacv1.GroupKind
	}
	subjects := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: kind, Name: subject}}
	if target.domain == everywhere {
		return engine.clusterRoleBindings.Add(&rbacv1.ClusterRoleBinding{ObjectMeta: meta, RoleRef: ref, Subjects: subjects})
	}
	meta.Namespace = target.domain
	return engine.roleBindings.Add(&rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: ref, Subjects: subjects})
}

// expect converts each request to what an authenticator and kube-apiserver's URL parsing would produce.
func (engine *rbacEngine) expect(requests []Request) error {
	for _, request := range requests {
		what := readObject(request.Object)
		engine.attributes = append(engine.attributes, authorizer.AttributesRecord{
			User:            &user.DefaultInfo{Name: request.Subject, Groups: engine.graph.groupsOf(request.Subject, request.Domain)},
			Verb:            verbOf(request.Action),
			Namespace:       request.Domain,
			Resource:        what.resource,
			Name:            what.name,
			ResourceRequest: true,
		})
	}
	return nil
}

func (engine *rbacEngine) decide(nth int) (string, error) {
	decision, reason, err := engine.authorizer.Authorize(context.Background(), &engine.attributes[nth])
	if err == nil && decision != authorizer.DecisionAllow && reason != "" {
		// RBAC gives a reason for no opinion only when a ClusterRole is missing. That is not a decision to count.
		err = fmt.Errorf("%s", reason)
	}
	if decision == authorizer.DecisionAllow {
		return allowing, err
	}
	return "none", err
}

// bind adds what informers would add to the caches. It supports only what new bindings are: a user or group, and a
// policy or role.
func (engine *rbacEngine) bind(edge Edge) error {
	if !isSubject(edge.Member) || isSubject(edge.Of) {
		return fmt.Errorf("only bindings of users and groups to policies and roles can be added")
	}
	engine.graph.held[edge.Member] = append(engine.graph.held[edge.Member], edge)
	for _, target := range engine.graph.policiesOf(edge) {
		if err := engine.add(edge.Member, target); err != nil {
			return err
		}
	}
	return nil
}
