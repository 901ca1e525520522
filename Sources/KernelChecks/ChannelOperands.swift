import GraphExec

/// Random operands of the kernels of batch norm, and what must come out.
struct ChannelOperands {
  let stride: Int
  let xLayout: TensorLayout
  let dYLayout: TensorLayout
  let outLayout: TensorLayout
  let name: String
  private let shape: Shape
  private let images: Int
  private let x: [Float]
  private let dY: [Float]
  private let other: [Float]
  /// By buffer, a value for each channel.
  private let vectors: [BufferID: [Float]]
  private static let unit = Expectation.unit

  init(_ shape: Shape, stride: Int, images: Int) {
    (self.shape, self.stride, self.images) = (shape, stride, images)
    name = "\(shape) by \(stride) with \(images) images"
    (xLayout, dYLayout) = (TensorLayout(shape, border: 1), TensorLayout(shape))
    outLayout = TensorLayout(shape, border: 2)
    var random = RandomValues(seed: UInt64(shape.count * 1000 + images))
    // What is in the columns past the batch must not enter a sum; gradients are zeros there.
    x = random.floats(shape.count * stride).enumerated().map { $1 + Float($0 % 7) }
    other = random.floats(shape.count * stride)
    dY = random.floats(shape.count * stride).enumerated().map { $0 % stride < images ? $1 : 0 }
    var vectors: [BufferID: [Float]] = [:]
    for id in BufferID.channelVectors { vectors[id] = random.floats(shape.channels) }
    for id in [BufferID.runningVariance, .channels(.norm, .inverseDeviation)] {
      vectors[id] = vectors[id]?.map { 0.1 + $0.magnitude }
    }
    self.vectors = vectors
  }

  func buffers(_ runner: any KernelRunner) throws -> [BufferID: any KernelBuffer] {
    var state = StepState()
    (state.step, state.count) = (3, images)
    var buffers: [BufferID: any KernelBuffer] = [
      .state: try runner.buffer("state", state.words),
      .x: try runner.buffer("x", xLayout.placed(x, stride: stride)),
      .dY: try runner.buffer("dy", dYLayout.placed(dY, stride: stride)),
      .other: try runner.buffer("other", dYLayout.placed(other, stride: stride)),
      .out: try runner.buffer("the result", [Float](repeating: .nan, count: outLayout.rows * stride)),
      // A block holds a line at least.
      .partialSums: try runner.buffer(
        "partial sums", [Float](repeating: .nan, count: 2 * shape.channels * shape.height)),
    ]
    for (id, values) in vectors { buffers[id] = try runner.buffer("\(id)", values) }
    return buffers
  }

  func channels<Value>(_ value: (Int) -> Value) -> [Value] { (0..<shape.channels).map(value) }

  private func vector(_ id: BufferID, _ channel: Int) -> Double { Double(vectors[id]?[channel] ?? .nan) }

  private func forEachPlace(of channel: Int, _ body: (Int) -> Void) {
    for row in channel * shape.pixels..<(channel + 1) * shape.pixels {
      for at in row * stride..<row * stride + images { body(at) }
    }
  }

  /// The entries of a channel that count.
  private var count: Double { Double(shape.pixels * images) }

  /// A sum over a channel's entries of dY and x, in any order of additions.
  func sum(_ channel: Int, _ term: (Double, Double) -> Double) -> (sum: Double, bound: Double) {
    var (sum, magnitude) = (0.0, 0.0)
    forEachPlace(of: channel) { at in
      let value = term(Double(dY[at]), Double(x[at]))
      sum += value
      magnitude += value.magnitude
    }
    return (sum, (count + 4) * Self.unit * magnitude)
  }

  // MARK: forward

  /// What `batch_norm_statistics` writes.
  enum Statistic: CaseIterable {
    case mean, inverseDeviation, factor, offset, runningMean, runningVariance

    var buffer: BufferID {
      switch self {
      case .mean: .channels(.norm, .mean)
      case .inverseDeviation: .channels(.norm, .inverseDeviation)
      case .factor: .channels(.norm, .factor)
      case .offset: .channels(.norm, .offset)
      case .runningMean: .runningMean
      case .runningVariance: .runningVariance
      }
    }
  }

  /// Values and their largest errors.
  func statistics(of channel: Int, _ operation: BatchNorm) -> [Statistic: (Double, Double)] {
    let total = sum(channel) { _, x in x }
    let mean = total.sum / count
    let meanBound = total.bound / count + 4 * Self.unit * mean.magnitude
    let squares = sum(channel) { _, x in (x - mean) * (x - mean) }
    // A mean that is off by d makes the sum of squares larger by n d^2.
    let squaresBound = 2 * squares.bound + count * meanBound * meanBound
    let variance = squares.sum / count
    let inverse = 1 / (variance + operation.epsilon).squareRoot()
    let relative = squaresBound / count / (variance + operation.epsilon) + 6 * Self.unit
    let (scale, shift) = (vector(.scale, channel), vector(.shift, channel))
    let factor = scale * inverse
    let factorBound = (factor * relative).magnitude
    let offsetBound =
      (mean * factorBound).magnitude + (meanBound * factor).magnitude
      + 2 * Self.unit * ((mean * factor).magnitude + shift.magnitude)
    let momentum = operation.momentum
    func moved(_ id: BufferID, to value: Double, bound: Double) -> (Double, Double) {
      let running = vector(id, channel)
      return (
        running + momentum * (value - running),
        momentum * bound + 4 * Self.unit * (running.magnitude + value.magnitude)
      )
    }
    let unbiased = squares.sum / max(count - 1, 1)
    return [
      .mean: (mean, meanBound), .inverseDeviation: (inverse, inverse * relative),
      .factor: (factor, factorBound), .offset: (shift - mean * factor, offsetBound),
      .runningMean: moved(.runningMean, to: mean, bound: meanBound),
      .runningVariance: moved(
        .runningVariance, to: unbiased,
        bound: squaresBound / max(count - 1, 1) + 4 * Self.unit * unbiased),
    ]
  }

  /// What `batch_norm_fold` writes.
  func folded(_ channel: Int, epsilon: Double) -> (factor: Double, offset: Double, bound: Double) {
    let factor = vector(.scale, channel) / (vector(.runningVariance, channel) + epsilon).squareRoot()
    let product = vector(.runningMean, channel) * factor
    let shift = vector(.shift, channel)
    return (factor, shift - product, 10 * Self.unit * (product.magnitude + shift.magnitude))
  }

  func compareApplied(_ buffers: [BufferID: any KernelBuffer], adds: Bool, relu: Bool) throws -> Comparison {
    try compare(buffers, untilStride: true) { at, channel in
      let normal = applied(at, channel)
      let value = normal + (adds ? Double(other[at]) : 0)
      let bound = 2 * Self.unit * (normal.magnitude + value.magnitude)
      return relu && value < 0 ? (0, bound) : (value, bound)
    }
  }

  private func applied(_ at: Int, _ channel: Int) -> Double {
    Double(x[at]) * vector(.channels(.norm, .factor), channel)
      + vector(.channels(.norm, .offset), channel)
  }

  // MARK: backward

  func gradients(of channel: Int, gated: Bool) -> (
    scale: (sum: Double, bound: Double), shift: (sum: Double, bound: Double)
  ) {
    let (factor, offset) = (
      vector(.channels(.norm, .factor), channel), vector(.channels(.norm, .offset), channel)
    )
    let (mean, inverse) = (
      vector(.channels(.norm, .mean), channel), vector(.channels(.norm, .inverseDeviation), channel)
    )
    func open(_ x: Double) -> Bool { !gated || x * factor + offset > 0 }
    return (
      sum(channel) { dY, x in open(x) ? dY * (x - mean) * inverse : 0 },
      sum(channel) { dY, x in open(x) ? dY : 0 }
    )
  }

  func compareInputGradient(_ buffers: [BufferID: any KernelBuffer], gated: Bool) throws -> Comparison {
    try compare(buffers, untilStride: false) { at, channel in
      let factor = vector(.channels(.norm, .factor), channel)
      let inverse = vector(.channels(.norm, .inverseDeviation), channel)
      let distance = Double(x[at]) - vector(.channels(.norm, .mean), channel)
      let own = gated && applied(at, channel) <= 0 ? 0 : factor * Double(dY[at])
      let common = factor / count * vector(.dShift, channel)
      let sloped = factor / count * vector(.dScale, channel) * inverse * distance
      return (
        own - common - sloped, 8 * Self.unit * (own.magnitude + common.magnitude + sloped.magnitude)
      )
    }
  }

  /// Compares the result, whose border must be as it was.
  ///
  /// - Parameter untilStride: whether columns past the batch hold values, too; they are zeros elsewhere.
  private func compare(
    _ buffers: [BufferID: any KernelBuffer], untilStride: Bool, _ value: (Int, Int) -> (Double, Double)
  ) throws -> Comparison {
    let untouched = [Double](repeating: .nan, count: outLayout.rows * stride)
    var expected = Expectation(
      rows: outLayout.rows, columns: stride, values: untouched, bounds: untouched.map { _ in 0 })
    for (feature, row) in outLayout.pixelRows.enumerated() {
      for column in 0..<stride {
        let isUsed = untilStride || column < images
        (expected.values[row * stride + column], expected.bounds[row * stride + column]) =
          isUsed ? value(feature * stride + column, feature / shape.pixels) : (0, 0)
      }
    }
    return expected.compare(try buffers[.out]?.read(Float.self) ?? [], stride: stride)
  }
}

extension TensorID {
  /// What the batch norm writes.
  static let norm = TensorID(4)
}

extension BufferID {
  /// What is added to the normalized tensor.
  static let other = tensor(TensorID(5))
  static let dScale = tensor(TensorID(6))
  static let dShift = tensor(TensorID(7))
  static let scale = parameter(ParameterID(0), .value)
  static let shift = parameter(ParameterID(1), .value)
  static let runningMean = parameter(ParameterID(2), .value)
  static let runningVariance = parameter(ParameterID(3), .value)

  fileprivate static let channelVectors: [BufferID] = [
    .scale, .shift, .runningMean, .runningVariance, .dScale, .dShift, .channels(.norm, .mean),
    .channels(.norm, .inverseDeviation), .channels(.norm, .factor), .channels(.norm, .offset),
  ]
}
