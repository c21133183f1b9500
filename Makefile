# Each target calls the one driver; python tools/course.py -h says the same on a machine without make.
PYTHON ?= python3
COURSE = "$(PYTHON)" tools/course.py
# One word for the shell, whatever it holds: spaces, apostrophes, dollar signs.
quoted = '$(subst ','\'',$(1))'

.PHONY: env run test test-spark lab report arena build new bench lint lock

env:    ; $(COURSE) env $(if $(WHEELS),--wheels "$(WHEELS)")
run:    ; $(COURSE) run $(if $(LESSON),"$(LESSON)") $(if $(FIRM),--firm "$(FIRM)") $(if $(OUT),--out "$(OUT)")
test:   ; $(COURSE) test $(if $(ONLY),--only "$(ONLY)")
test-spark: ; $(COURSE) test-spark
lab:    ; $(COURSE) lab $(if $(LESSON),"$(LESSON)") $(if $(FIRM),--firm "$(FIRM)")
report: ; $(COURSE) report $(if $(filter-out 0,$(FORCE)),--force) $(if $(OUT),--out=$(call quoted,$(OUT))) $(if $(COLUMNS),--columns=$(call quoted,$(COLUMNS))) $(if $(ORDERS),-- $(call quoted,$(ORDERS)))
arena:  ; $(COURSE) arena "$(POLICY)" $(if $(SEEDS),--seeds "$(SEEDS)")
build:  ; $(COURSE) build $(if $(LESSON),"$(LESSON)")
new:    ; $(COURSE) new "$(LESSON)" "$(SLUG)"
bench:  ; $(COURSE) bench $(if $(QUICK),--quick)
lint:   ; $(COURSE) lint
lock:   ; $(COURSE) lock
