package main

import (
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown/cache"
)

// opaEngine runs OPA as a library: a query that is prepared once, over an in-memory store.
type opaEngine struct {
	store    storage.Store
	query    rego.PreparedEvalQuery
	requests []Request
}

func (engine *opaEngine) version() string { return versionOf("github.com/open-policy-agent/opa") }

func (engine *opaEngine) load(rules *Rules) error {
	// Values are stored in the form that the evaluator needs. Otherwise it converts them in each decision.
	engine.store = inmem.NewFromObjectWithOpts(opaData(rules), inmem.OptRoundTripOnWrite(false), inmem.OptReturnASTValuesOnRead(true))
	// The cache of compiled globs has no limit. The default limit of a hundred would compile most of them again and
	// again.
	unlimited := 0
	globs := cache.NewInterQueryValueCache(context.Background(), &cache.Config{
		InterQueryBuiltinValueCache: cache.InterQueryBuiltinValueCacheConfig{MaxNumEntries: &unlimited},
	})
	var err error
	engine.query, err = rego.New(
		rego.Query("data.authz.decision"),
		rego.Module("authz.rego", opaPolicy),
		rego.Store(engine.store),
		rego.InterQueryBuiltinValueCache(globs),
	).PrepareForEval(context.Background())
	return err
}

func (engine *opaEngine) expect(requests []Request) error {
	engine.requests = requests
	return nil
}

// The terms of the input's keys, the same for all requests.
var subTerm, domTerm, objTerm, actTerm = ast.StringTerm("sub"), ast.StringTerm("dom"), ast.StringTerm("obj"), ast.StringTerm("act")

func (engine *opaEngine) decide(nth int) (string, error) {
	request := &engine.requests[nth]
	input := ast.NewObject(
		ast.Item(subTerm, ast.StringTerm(request.Subject)),
		ast.Item(domTerm, ast.StringTerm(request.Domain)),
		ast.Item(objTerm, ast.StringTerm(request.Object)),
		ast.Item(actTerm, ast.StringTerm(request.Action)),
	)
	results, err := engine.query.Eval(context.Background(), rego.EvalParsedInput(input))
	if err != nil {
		return "", err
	}
	if len(results) == 1 {
		if verdict, ok := results[0].Expressions[0].Value.(string); ok {
			return verdict, nil
		}
	}
	return "", fmt.Errorf("the policy returned %v instead of a decision", results)
}

// bind writes to the store. The prepared query sees the change.
func (engine *opaEngine) bind(edge Edge) error {
	ctx := context.Background()
	return storage.Txn(ctx, engine.store, storage.WriteParams, func(txn storage.Transaction) error {
		write := opaWrite{ctx, engine.store, txn}
		for _, name := range []string{edge.Member, edge.Of} {
			if err := write.unlessThere(storage.Path{"near", name}, []any{}); err != nil {
				return err
			}
			if err := write.unlessThere(storage.Path{"edges", name}, document{}); err != nil {
				return err
			}
		}
		if err := write.appendTo(storage.Path{"near", edge.Member}, edge.Of); err != nil {
			return err
		}
		return write.appendTo(storage.Path{"edges", edge.Member, edge.Domain}, edge.Of)
	})
}

// opaWrite is the parameter of a write transaction.
type opaWrite struct {
	ctx   context.Context
	store storage.Store
	txn   storage.Transaction
}

func (write opaWrite) unlessThere(path storage.Path, value any) error {
	_, err := write.store.Read(write.ctx, write.txn, path)
	if storage.IsNotFound(err) {
		return write.store.Write(write.ctx, write.txn, storage.AddOp, path, value)
	}
	return err
}

func (write opaWrite) appendTo(path storage.Path, value any) error {
	if err := write.unlessThere(path, []any{}); err != nil {
		return err
	}
	return write.store.Write(write.ctx, write.txn, storage.AddOp, append(path, "-"), value)
}
