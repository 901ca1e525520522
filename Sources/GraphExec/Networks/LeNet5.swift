extension NetworkPreset {
  /// LeNet-5 in the form that pruning is usually tried on (Caffe's, with a ReLU behind each pooling): 20 and 50 filters of
  /// 5x5, and 500 hidden units, all with biases.
  static let lenet5 = NetworkPreset(
    name: "lenet-5",
    summary: "20 and 50 filters of 5x5, each followed by a pooling, and 500 hidden units, with biases",
    designedFor: Shape(1, 28, 28)
  ) { classes in
    [
      Network.Layer("conv1", Conv2D(outputs: 20, kernel: 5, bias: true)),
      Network.Layer("pool1", MaxPool(PoolWindow(kernel: 2))), Network.Layer("relu1", ReLU()),
      Network.Layer("conv2", Conv2D(outputs: 50, kernel: 5, bias: true)),
      Network.Layer("pool2", MaxPool(PoolWindow(kernel: 2))), Network.Layer("relu2", ReLU()),
      Network.Layer("flatten", Flatten()),
      Network.Layer("hidden", Linear(outputs: 500, bias: true)), Network.Layer("relu3", ReLU()),
      Network.Layer("output", Linear(outputs: classes, bias: true)),
    ]
  }
}
