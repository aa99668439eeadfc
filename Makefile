# Every recipe is one line that calls npm or hack/. The development dependency `node` brings Node 24, so a machine needs
# only npm; PATH puts that Node before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
SHELL := /bin/bash
.DEFAULT_GOAL := help

##@ General

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*##"; printf "Usage: make TARGET\n"} /^[a-zA-Z_-]+:.*?##/ {printf "  %-14s %s\n", $$1, $$2} /^##@/ {printf "\n%s\n", substr($$0, 5)}' $(MAKEFILE_LIST)

.PHONY: setup
setup: node_modules ## Install what the project needs into this folder

# Not `npm ci`: it refuses a lockfile from which a registry without builds for other platforms left those out.
node_modules: package.json package-lock.json
	@echo "installing packages" && npm install --no-save --no-audit --no-fund --loglevel=error && touch node_modules

.PHONY: clean
clean: ## Remove what was made in this folder (the control plane's programs stay in the user's cache)
	rm -rf node_modules .steward dist

##@ Run

.PHONY: run
run: setup ## The main job on this machine: control plane, every process, samples, questions (ONCE=1 ends after them)
	@exec node hack/local/run.ts

.PHONY: controlplane
controlplane: setup ## Only etcd, kube-apiserver and kube-controller-manager, until Ctrl-C
	@exec node hack/controlplane/main.ts

.PHONY: run-policy run-role run-group run-project-policy-binding run-grant run-rule
run-policy run-role run-group run-project-policy-binding run-grant run-rule: run-%: setup ## One controller against KUBECONFIG
	@exec node controllers/$*/main.ts --no-leader-elect

##@ Develop

.PHONY: generate
generate: setup ## Write crds/ and config/{rbac,controllers} anew
	@npm run --silent generate

.PHONY: discoveries
discoveries: setup ## Write upgrades/discoveries anew, from what the real kube-apiserver of each version serves (a minute)
	@node hack/controlplane/main.ts --prepare --every-version && node hack/generate-discoveries.ts

.PHONY: golden
golden: setup ## Write the golden pairs of the translators anew
	@UPDATE_GOLDEN=1 node --test test/golden.test.ts

.PHONY: bundle
bundle: setup ## The kubectl plugin as one file, with its archive and krew manifest, in dist/
	@node hack/bundle.ts

.PHONY: typecheck
typecheck: setup ## Check types
	@npm run --silent typecheck

.PHONY: format
format: setup ## Format the TypeScript files and sort their imports
	@npm run --silent format

.PHONY: lint
lint: setup ## Lint, with types
	@npm run --silent lint

.PHONY: sbom
sbom: setup ## What the processes are made of, dist/sbom.cdx.json (CycloneDX)
	@node hack/sbom.ts

##@ Test

.PHONY: test
test: verify ## Everything: checks, unit and golden tests, the matrix, integration on a real control plane
	@node hack/controlplane/main.ts --prepare --every-version && npm run --silent test

.PHONY: cluster-api-managers
cluster-api-managers: setup ## Build the managers of Cluster API from their Go modules (about ten minutes, once; then they are cached)
	@node test/cluster-api/managers/main.ts

.PHONY: test-cluster-api
test-cluster-api: cluster-api-managers ## Clusters of type ClusterAPI on the managers of Cluster API (about seven minutes)
	@node hack/controlplane/main.ts --prepare && npm run --silent test:cluster-api

.PHONY: test-all
test-all: verify test-cluster-api test ## Everything, the clusters made by Cluster API included; those come first

.PHONY: test-unit
test-unit: setup ## Tests that need no control plane
	@npm run --silent test:unit

.PHONY: test-integration
test-integration: setup ## Tests on a real control plane
	@npm run --silent test:integration

.PHONY: soak
soak: setup ## A storm of faults for MINUTES (10) minutes: processes killed and paused, the control plane restarted, every state checked
	@node hack/controlplane/main.ts --prepare && node test/soak/main.ts --minutes=$(or $(MINUTES),10)

.PHONY: fuzz
fuzz: setup ## Compare DECISIONS decisions (a million) of the engine with casbin, on generated rules
	@FUZZ_DECISIONS=$(or $(DECISIONS),1000000) node --test authorization/engine/casbin-equality.test.ts

##@ Measure

.PHONY: bench
bench: setup ## The engine beside its peers, and the authorizer beside a server with a constant answer
	@node bench/main.ts

.PHONY: bench-load
bench-load: setup ## The controllers under load, beside what the kube-apiserver takes (ARGS='--policies 1000 --bindings 5000'; half an hour without)
	@node hack/controlplane/main.ts --prepare && node bench/load/main.ts $(ARGS)

.PHONY: bench-fleet
bench-fleet: setup ## The health of 1,000 clusters on one core (eight minutes)
	@node hack/controlplane/main.ts --prepare && node bench/fleet/main.ts $(ARGS)

.PHONY: bench-revocation
bench-revocation: setup ## How long a right outlives its grant
	@node hack/controlplane/main.ts --prepare && node bench/revocation.ts

##@ Check

.PHONY: verify
verify: setup ## Types, lint, generated files, import directions, dead code, known vulnerabilities
	@npm run --silent verify
