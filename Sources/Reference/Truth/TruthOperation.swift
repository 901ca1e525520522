import GraphExec

/// An operation in `Double`, forward only: what gradients are checked against by finite differences.
public protocol TruthOperation: Operation {
  /// The result for a whole batch.
  func truth(_ call: TruthCall) -> TruthTensor
}

/// What an operation in `Double` reads.
public struct TruthCall: Sendable {
  /// Tensors, in the operation's order.
  public let inputs: [TruthTensor]
  /// Entries of its parameters, row-major.
  public let parameters: [[Double]]
  /// The tensor of the graph that the result is.
  public let output: TensorID
  /// The model's seed.
  public let seed: UInt64
  /// The optimizer's step, 1 in the first.
  public let step: Int
}

/// A tensor of a batch in `Double`.
public struct TruthTensor: Sendable, Equatable {
  /// That of one image.
  public let shape: Shape
  /// Images of the batch.
  public let images: Int
  /// `[channels, height, width, images]`.
  public var values: [Double]

  /// A tensor of given values, or of zeros.
  public init(_ shape: Shape, images: Int, values: [Double]? = nil) {
    self.shape = shape
    self.images = images
    self.values = values ?? [Double](repeating: 0, count: shape.count * images)
  }

  /// The value of a feature for an image.
  public subscript(feature: Int, image: Int) -> Double {
    get { values[feature * images + image] }
    set { values[feature * images + image] = newValue }
  }

  /// The value of a pixel of a channel for an image.
  public subscript(channel: Int, y: Int, x: Int, image: Int) -> Double {
    get { self[(channel * shape.height + y) * shape.width + x, image] }
    set { self[(channel * shape.height + y) * shape.width + x, image] = newValue }
  }
}
