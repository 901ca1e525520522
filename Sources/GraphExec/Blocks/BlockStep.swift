/// What a launch does, for kernels that take a block of images through the whole network.
package enum BlockStep: Sendable, Equatable {
  /// It computes from parameters alone, and is run before.
  case preparation
  /// It moves to the next batch, which a block does by itself.
  case begin
  /// It makes activations of images.
  case gather(Plan.Input, TensorOperand)
  /// It is a product.
  case product(BlockProduct)
  /// It is a pooling.
  case pool(BlockPool)
  /// It computes the loss of a tensor with a row for each class.
  case loss(TensorOperand)
  /// It belongs to the backward pass.
  case backward(BackwardStep)
}

/// A product of a layer as `network_cpu.cl` runs it: of pixels, where a linear layer has one.
package struct BlockProduct: Sendable, Equatable {
  package let weight: ParameterID
  package var x: TensorOperand
  /// Where the first tap of the filter at an output's pixel reads.
  package let reading: PixelView
  /// For each row of the weight, how many rows after that of the first tap its own reads; nil for a row after the other.
  package let taps: [Int]?
  package var y: TensorOperand
  /// What is multiplied by and added to the sums of an output, then.
  package var scale: BufferID?
  package var shift: BufferID?
  /// What is added then.
  package var other: TensorOperand?
  /// Whether a ReLU comes last.
  package var relu: Bool

  /// A linear layer's.
  package init(_ weight: ParameterID, _ x: TensorOperand, to y: TensorOperand, bias: BufferID?, relu: Bool) {
    self.weight = weight
    (self.x, self.y) = (x, y)
    reading = x.layout.view
    taps = nil
    shift = bias
    self.relu = relu
  }

  /// A convolution's, with what its store does.
  init(
    _ setting: ConvolutionSetting, _ x: TensorOperand, to y: TensorOperand, bias: BufferID?,
    norm: ChannelResults?, adding other: TensorOperand?, relu: Bool
  ) {
    weight = setting.layer.id
    (self.x, self.y, self.other) = (x, y, other)
    reading = setting.reading
    taps = setting.tapRows
    scale = norm?.factor
    shift = norm?.offset ?? bias
    self.relu = relu
  }
}

/// A pooling, likewise; a ReLU by itself is one of windows of one pixel.
package struct BlockPool: Sendable, Equatable {
  /// Whether it is of maxima, and not of means.
  package let isMaximum: Bool
  package var x: TensorOperand
  package var y: TensorOperand
  /// Height, width, step and padding of a window.
  package let window: [Int]
  /// Whether a ReLU comes last.
  package var relu = false

  /// A ReLU by itself.
  static func relu(_ x: TensorOperand, to y: TensorOperand) -> BlockPool {
    BlockPool(isMaximum: true, x: x, y: y, window: [1, 1, 1, 0], relu: true)
  }
}

extension BlockStep {
  /// The same step on the buffers that tensors have.
  func renaming(_ homes: [TensorID: BufferID]) -> BlockStep {
    func home(_ operand: TensorOperand) -> TensorOperand {
      guard case .tensor(let id) = operand.tensor, let home = homes[id] else { return operand }
      return TensorOperand(home, operand.layout)
    }
    switch self {
    // Training in blocks reads plans whose tensors take no turns.
    case .preparation, .begin, .backward: return self
    case .gather(let input, let x): return .gather(input, home(x))
    case .loss(let logits): return .loss(home(logits))
    case .pool(var pool):
      pool.x = home(pool.x)
      pool.y = home(pool.y)
      return .pool(pool)
    case .product(var product):
      product.x = home(product.x)
      product.y = home(product.y)
      product.other = product.other.map(home)
      return .product(product)
    }
  }
}
