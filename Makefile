# Every recipe is one line that calls npm or hack/. The development dependency `node` brings Node 24,
# so a machine needs only npm; PATH puts that Node before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
SHELL := /bin/bash
.DEFAULT_GOAL := help

##@ General

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*##"; printf "Usage: make \033[36mTARGET\033[0m\n"} /^[a-zA-Z_-]+:.*?##/ { printf "  \033[36m%-18s\033[0m %s\n", $$1, $$2 } /^##@/ { printf "\n%s\n", substr($$0, 5) }' $(MAKEFILE_LIST)

node_modules: package.json package-lock.json
	@npm ci --loglevel=error && touch node_modules

.PHONY: clean
clean: ## Remove what the project made in this folder (the control plane's cache stays)
	rm -rf node_modules .steward
