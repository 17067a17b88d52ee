"""Models of networks in files that are run as they are: `.tflite` and `.onnx`."""
