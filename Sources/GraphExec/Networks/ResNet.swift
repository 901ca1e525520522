extension NetworkPreset {
  /// A residual network for CIFAR-10 (He et al. 2015, Deep Residual Learning for Image Recognition, section 4.2): a
  /// convolution, three stages of blocks with 16, 32 and 64 channels, the mean of each channel, and a linear layer.
  ///
  /// Where a stage begins with another shape, what is added is a 1x1 convolution with a stride of 2 and a batch norm (their
  /// option B); an identity with zeros for the new channels (option A, theirs for CIFAR-10) is no operation here.
  ///
  /// - Parameter depth: layers with weights, the 1x1 convolutions left out: 6 n + 2 for n blocks to a stage.
  static func resnet(depth: Int) -> NetworkPreset {
    let blocks = (depth - 2) / 6
    return NetworkPreset(
      name: "resnet-\(depth)",
      summary:
        "three stages of \(blocks) residual blocks with 16, 32 and 64 channels, batch norm, one linear layer",
      designedFor: Shape(3, 32, 32)
    ) { classes in
      var layers = [
        Network.Layer("conv", Conv2D(outputs: 16, kernel: 3, padding: 1)),
        Network.Layer("norm", BatchNorm()), Network.Layer("relu", ReLU()),
      ]
      for stage in 1...3 {
        for block in 1...blocks {
          let isNewShape = stage > 1 && block == 1
          layers += residualBlock(
            "stage\(stage).block\(block)", of: layers[layers.count - 1].name, channels: 8 << stage,
            isNewShape: isNewShape)
        }
      }
      return layers + [
        Network.Layer("pool", GlobalAveragePool()),
        Network.Layer("output", Linear(outputs: classes, bias: true)),
      ]
    }
  }

  /// Two convolutions beside what they are added to.
  ///
  /// The shortcut's own convolution comes first: so the last batch norm can add what it reads as it normalizes.
  private static func residualBlock(_ name: String, of input: String, channels: Int, isNewShape: Bool)
    -> [Network.Layer]
  {
    let stride = isNewShape ? 2 : 1
    let shortcut = [
      Network.Layer("\(name).shortcut", Conv2D(outputs: channels, kernel: 1, stride: stride)),
      Network.Layer("\(name).shortcut_norm", BatchNorm()),
    ]
    return (isNewShape ? shortcut : []) + [
      Network.Layer(
        "\(name).conv1", Conv2D(outputs: channels, kernel: 3, stride: stride, padding: 1), inputs: [input]),
      Network.Layer("\(name).norm1", BatchNorm()), Network.Layer("\(name).relu1", ReLU()),
      Network.Layer("\(name).conv2", Conv2D(outputs: channels, kernel: 3, padding: 1)),
      Network.Layer("\(name).norm2", BatchNorm()),
      Network.Layer(
        "\(name).add", Add(), inputs: ["\(name).norm2", isNewShape ? "\(name).shortcut_norm" : input]),
      Network.Layer("\(name).relu2", ReLU()),
    ]
  }
}
