#!/bin/sh
# Usage: parallel.sh COMMAND... -- runs COMMAND NAME for each name that it reads, as many at once as make's job server
# lets: those that `make -jN check` has left, or as many as there are cores where no make is above. What one of them
# says comes in one piece. Fails if one fails, and tries all.
case ${MAKEFLAGS:-} in *-j*) jobs= ;; *) jobs=-j$(nproc) ;; esac
NAMES=$(tr '\n' ' ') COMMAND=$*
export NAMES COMMAND
exec "$MAKE" $jobs -k -s -Otarget --no-print-directory -f - <<'END'
all: $(NAMES)
.PHONY: all $(NAMES)
$(NAMES): ; @$(COMMAND) $@
END
