#!/usr/bin/env python3
"""How fast onnxruntime and OpenVINO embed with the same model and the same token ids.

usage: embed_rivals.py --engine onnxruntime|openvino-f32|openvino-bf16 [--model FOLDER] [--threads N]
                       [--batch 32] [--limit N] [--npy OUT.npy] < texts (one a line)

Texts are cut at 256 word pieces, sorted by length and padded to the longest of
their batch; tokenizing is not counted, embedding up to the unit vectors is. The
ONNX graph is built from model.safetensors, with the fused shapes that both
engines optimise. Prints one line of JSON.

Needs: pip install numpy onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1
safetensors==0.8.0 tokenizers==0.23.3
"""

import argparse
import json
import os
import pathlib
import resource
import sys
import time

import numpy as np
import onnx
import safetensors.numpy
import tokenizers
from onnx import TensorProto, helper, numpy_helper

HIDDEN, HEADS, LAYERS, MAX_PIECES = 384, 12, 6, 256


class Graph:
    """An ONNX graph that grows by one node at a time."""

    def __init__(self, weights):
        self.weights, self.nodes, self.constants, self.count = weights, [], [], 0

    def constant(self, value):
        self.count += 1
        name = f"c{self.count}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name):
        return self.constant(self.weights[name])

    def op(self, kind, *inputs, output=None, **attributes):
        self.count += 1
        output = output or f"t{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def dense(self, x, prefix):
        product = self.op("MatMul", x, self.constant(self.weights[prefix + "weight"].T))
        return self.op("Add", product, self.weight(prefix + "bias"))

    def norm(self, x, prefix):
        scale, shift = self.weight(prefix + "weight"), self.weight(prefix + "bias")
        return self.op("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-12)

    def heads(self, x, perm):
        shape = self.constant(np.array([0, 0, HEADS, HIDDEN // HEADS], np.int64))
        return self.op("Transpose", self.op("Reshape", x, shape), perm=perm)

    def gelu(self, x):
        scaled = self.op("Div", x, self.constant(np.float32(np.sqrt(2))))
        raised = self.op("Add", self.op("Erf", scaled), self.constant(np.float32(1)))
        return self.op("Mul", self.op("Mul", x, raised), self.constant(np.float32(0.5)))


def build_model(weights):
    g = Graph(weights)
    words = g.op("Gather", g.weight("embeddings.word_embeddings.weight"), "input_ids")
    length = g.op("Slice", g.op("Shape", "input_ids"), *(g.constant(np.array([i], np.int64)) for i in (1, 2)))
    table = g.constant(
        weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    )
    positions = g.op("Slice", table, g.constant(np.array([0], np.int64)), length, g.constant(np.array([0], np.int64)))
    x = g.norm(g.op("Add", words, positions), "embeddings.LayerNorm.")
    mask = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    hidden = g.op("Sub", g.constant(np.float32(1)), mask)
    bias = g.op("Mul", hidden, g.constant(np.float32(-10000)))
    bias = g.op("Unsqueeze", bias, g.constant(np.array([1, 2], np.int64)))
    for number in range(LAYERS):
        prefix = f"encoder.layer.{number}."
        query = g.heads(g.dense(x, prefix + "attention.self.query."), [0, 2, 1, 3])
        key = g.heads(g.dense(x, prefix + "attention.self.key."), [0, 2, 3, 1])
        value = g.heads(g.dense(x, prefix + "attention.self.value."), [0, 2, 1, 3])
        scores = g.op("Div", g.op("MatMul", query, key), g.constant(np.float32(np.sqrt(HIDDEN // HEADS))))
        attention = g.op("Softmax", g.op("Add", scores, bias), axis=-1)
        context = g.op("Transpose", g.op("MatMul", attention, value), perm=[0, 2, 1, 3])
        context = g.op("Reshape", context, g.constant(np.array([0, 0, HIDDEN], np.int64)))
        projected = g.dense(context, prefix + "attention.output.dense.")
        x = g.norm(g.op("Add", projected, x), prefix + "attention.output.LayerNorm.")
        wide = g.gelu(g.dense(x, prefix + "intermediate.dense."))
        x = g.norm(g.op("Add", g.dense(wide, prefix + "output.dense."), x), prefix + "output.LayerNorm.")
    weighted = g.op("Mul", x, g.op("Unsqueeze", mask, g.constant(np.array([2], np.int64))))
    total = g.op("ReduceSum", weighted, g.constant(np.array([1], np.int64)), keepdims=0)
    g.op("LpNormalization", total, axis=1, p=2, output="vectors")
    ids, flags = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    )
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", HIDDEN])
    graph = helper.make_graph(g.nodes, "minilm", [ids, flags], [vectors], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def onnxruntime_engine(model, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda ids, mask: session.run(None, {"input_ids": ids, "attention_mask": mask})[0]


def openvino_engine(model, threads, precision):
    import openvino

    config = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(model), "CPU", config)
    request = compiled.create_infer_request()
    return lambda ids, mask: request.infer({"input_ids": ids, "attention_mask": mask})[0]


def token_ids(folder, texts):
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def embed(engine, ids, batch):
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    vectors = np.zeros((len(ids), HIDDEN), np.float32)
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        longest = max(len(ids[row]) for row in rows)
        padded = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros((len(rows), longest), np.int64)
        for at, row in enumerate(rows):
            padded[at, : len(ids[row])] = ids[row]
            mask[at, : len(ids[row])] = 1
        vectors[rows] = engine(padded, mask)
    return vectors


def main():
    default = os.environ.get("REEL_MODEL_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "reel", "all-MiniLM-L6-v2"
    )
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--engine", choices=("onnxruntime", "openvino-f32", "openvino-bf16"), required=True)
    parser.add_argument("--model", type=pathlib.Path, default=pathlib.Path(default))
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--npy")
    arguments = parser.parse_args()

    texts = [line.rstrip("\n") for line in sys.stdin][: arguments.limit]
    ids = token_ids(arguments.model, texts)
    started = time.perf_counter()
    model = build_model(safetensors.numpy.load_file(arguments.model / "model.safetensors"))
    if arguments.engine == "onnxruntime":
        engine = onnxruntime_engine(model, arguments.threads)
    else:
        engine = openvino_engine(model, arguments.threads, arguments.engine.removeprefix("openvino-"))
    embed(engine, ids[: arguments.batch], arguments.batch)
    load_seconds = time.perf_counter() - started

    started, cpu_started = time.perf_counter(), time.process_time()
    vectors = embed(engine, ids, arguments.batch)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    if arguments.npy:
        np.save(arguments.npy, vectors)
    tokens = sum(map(len, ids))
    result = {
        "engine": arguments.engine,
        "batch": arguments.batch,
        "texts": len(ids),
        "tokens": tokens,
        "load_ms": round(load_seconds * 1e3, 1),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "texts_per_s": round(len(ids) / seconds, 1),
        "tokens_per_s": round(tokens / seconds),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
