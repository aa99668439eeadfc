# Every recipe is one line that calls npm or hack/. The development dependency `node` is Node 24, so a machine needs npm only;
# PATH puts that Node before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
SHELL := /bin/bash
.DEFAULT_GOAL := help

##@ General

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*##"; printf "Usage: make TARGET\n"} /^[a-zA-Z_-]+:.*?##/ {printf "  %-20s %s\n", $$1, $$2} /^##@/ {printf "\n%s\n", substr($$0, 5)}' $(MAKEFILE_LIST)

.PHONY: setup
setup: node_modules ## Install the packages into node_modules/

# Not `npm ci`: it fails when a registry mirror lacks the optional packages for other platforms, which the lockfile names.
node_modules: package.json package-lock.json
	@echo "installing packages" && npm install --no-save --no-audit --no-fund --loglevel=error && touch node_modules

.PHONY: clean
clean: ## Remove everything that was generated in this folder (the control plane stays in the user's cache)
	rm -rf node_modules .steward dist

##@ Run

.PHONY: run
run: setup ## Run everything on this machine and show what it does (ONCE=1: exit afterwards; ARGS=--directory=PATH)
	@exec node hack/local/run.ts $(ARGS)

.PHONY: controlplane
controlplane: setup ## Run only etcd, kube-apiserver and kube-controller-manager until Ctrl-C (ARGS=--directory=PATH)
	@exec node hack/controlplane/main.ts $(ARGS)

.PHONY: run-policy run-role run-group run-project-policy-binding run-grant run-rule
run-policy run-role run-group run-project-policy-binding run-grant run-rule: run-%: setup
	@exec node controllers/$*/main.ts --no-leader-elect
run-KIND: ## Run one controller (run-policy, run-role, run-group, ...) against the cluster of KUBECONFIG

##@ Develop

.PHONY: generate
generate: setup ## Generate crds/, config/rbac, config/controllers and docs/reference
	@npm run --silent generate

.PHONY: discoveries
discoveries: setup ## Generate authorization/upgrade-review/discoveries from real kube-apiservers (a minute)
	@node hack/controlplane/main.ts --prepare --every-version && node hack/generators/generate-discoveries.ts

.PHONY: golden
golden: setup ## Write the golden files of the translators and of what-can again; review the difference
	@UPDATE_GOLDEN=1 node --test test/golden.test.ts cli/commands/what-can.test.ts

.PHONY: bundle
bundle: setup ## Bundle the kubectl plugin into dist/, with its archive and krew manifest
	@node hack/release/bundle.ts

.PHONY: typecheck
typecheck: setup ## Check types
	@npm run --silent typecheck

.PHONY: format
format: setup ## Format the TypeScript files and sort their imports
	@npm run --silent format

.PHONY: lint
lint: setup ## Lint, with type information
	@npm run --silent lint

.PHONY: sbom
sbom: setup ## List the packages that the processes use in dist/sbom.cdx.json (CycloneDX)
	@node hack/release/sbom.ts

##@ Test

.PHONY: test
test: verify ## Run every check and test but those on Cluster API (about seventeen minutes)
	@node hack/controlplane/main.ts --prepare --every-version && npm run --silent test

.PHONY: cluster-api-managers
cluster-api-managers: setup ## Build the managers of Cluster API from their Go modules (once, about ten minutes)
	@node test/cluster-api/managers/main.ts

.PHONY: test-cluster-api
test-cluster-api: cluster-api-managers ## Test clusters of type ClusterAPI on its real managers (about seven minutes)
	@node hack/controlplane/main.ts --prepare && npm run --silent test:cluster-api

.PHONY: test-all
test-all: verify test-cluster-api test ## Run every check and test, those on Cluster API first

.PHONY: test-unit
test-unit: setup ## Run the tests that need no control plane
	@npm run --silent test:unit

.PHONY: test-integration
test-integration: setup ## Run the tests on a real control plane
	@npm run --silent test:integration

.PHONY: soak
soak: setup ## Kill, pause and restart processes for MINUTES (10) minutes, checking every state
	@node hack/controlplane/main.ts --prepare && node test/soak/main.ts --minutes=$(or $(MINUTES),10)

.PHONY: fuzz
fuzz: setup ## Compare DECISIONS (1000000) decisions with casbin, and as many changes with enumeration
	@FUZZ_DECISIONS=$(or $(DECISIONS),1000000) node --test authorization/engine/casbin-equality.test.ts authorization/algebra/algebra.test.ts

##@ Measure

.PHONY: bench
bench: setup ## Compare decisions with those of other engines, and the authorizer with a server that always answers the same
	@node bench/main.ts

.PHONY: bench-load
bench-load: setup ## Measure the controllers under load (half an hour; less: ARGS='--policies 1000 --bindings 5000')
	@node hack/controlplane/main.ts --prepare && node bench/load/main.ts $(ARGS)

.PHONY: bench-fleet
bench-fleet: setup ## Measure the health checks of 1,000 clusters on one core (eight minutes)
	@node hack/controlplane/main.ts --prepare && node bench/fleet/main.ts $(ARGS)

.PHONY: bench-revocation
bench-revocation: setup ## Measure how long a right outlives its grant
	@node hack/controlplane/main.ts --prepare && node bench/revocation.ts

##@ Check

.PHONY: verify
verify: setup ## Check types, format, lint, generated files, documents, imports, dead code and known vulnerabilities
	@npm run --silent verify
