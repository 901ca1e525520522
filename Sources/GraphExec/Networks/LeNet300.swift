extension NetworkPreset {
  /// LeNet-300-100 (LeCun et al. 1998): two hidden layers of 300 and 100 units, with biases.
  static let lenet300 = NetworkPreset(
    name: "lenet-300-100", summary: "two hidden layers of 300 and 100 units, with biases",
    designedFor: Shape(1, 28, 28)
  ) { classes in
    [
      Network.Layer("flatten", Flatten()),
      Network.Layer("hidden1", Linear(outputs: 300, bias: true)), Network.Layer("relu1", ReLU()),
      Network.Layer("hidden2", Linear(outputs: 100, bias: true)), Network.Layer("relu2", ReLU()),
      Network.Layer("output", Linear(outputs: classes, bias: true)),
    ]
  }
}
