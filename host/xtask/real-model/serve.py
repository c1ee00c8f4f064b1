"""Serves a model file on loopback, as an OpenAI-compatible server: serve.py FILE PORT NAME."""
import sys
import threading

import xllamacpp

# Two trials at once, 8192 tokens for each: the length that the model was trained with.
SLOTS = 2
CONTEXT = 8192

params = xllamacpp.CommonParams()
params.model.path, params.port, params.model_alias = sys.argv[1], int(sys.argv[2]), [sys.argv[3]]
params.hostnames = ["127.0.0.1"]
params.n_parallel, params.n_ctx = SLOTS, SLOTS * CONTEXT
# Writing gains next to nothing from a second thread, and on a busy machine two wait for each other at
# every token. Threads that wait by spinning would make it several times slower still.
params.cpuparams.n_threads, params.cpuparams_batch.n_threads = 1, 2
params.cpuparams.poll = params.cpuparams_batch.poll = 0
server = xllamacpp.Server(params)
print("listening", server.listening_address, flush=True)
threading.Event().wait()
