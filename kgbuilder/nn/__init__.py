"""nn: the only home of torch, transformers and onnxruntime."""
