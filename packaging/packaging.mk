# SPDX-License-Identifier: GPL-2.0-only
# Missing Debian packages are installed by name, after saying which. DEPS=skip leaves that to the person.
deps: ## install the Debian packages that are missing (DEPS=skip: do nothing)
ifneq ($(DEPS),skip)
	$(Q)packaging/install-deps.sh
endif

# What the tests run on top of that.
test-deps: deps ## install the Debian packages that only the tests need (DEPS=skip: do nothing)
ifneq ($(DEPS),skip)
	$(Q)packaging/install-deps.sh test-packages.list
endif

.PHONY: deps test-deps
