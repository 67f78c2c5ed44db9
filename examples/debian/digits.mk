# digits.mk -- a network's program, with cnnc and libcnnrt-dev installed: make -f digits.mk SCRIPT=mnist.lua
SCRIPT ?= mnist.lua

digits: digits.c
	$(CC) -O3 -fopenmp $$(pkg-config --cflags cnnc) -o $@ digits.c $$(pkg-config --libs cnnc)

digits.c: $(SCRIPT)
	cnnc $(SCRIPT) -o $@
