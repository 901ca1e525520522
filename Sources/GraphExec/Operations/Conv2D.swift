/// `Y[o, y, x] = sum over (c, ky, kx) of W[c, ky, kx, o] X[c, y stride + ky - padding, x stride + kx - padding]`, where pixels
/// beyond the image's edge are zero; and a bias for each filter, where there is one.
public struct Conv2D: LayerOperation {
  /// `conv2d`.
  public static let name = "conv2d"
  /// Filters: output channels.
  public let outputs: Int
  /// Rows and columns of a filter.
  public let kernel: Int
  /// Pixels from one output's to the next's.
  public let stride: Int
  /// Zeros on each side of the image.
  public let padding: Int
  /// Whether a bias is added to each filter's sums.
  public let bias: Bool

  /// Creates a layer of square filters.
  public init(outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = false) {
    (self.outputs, self.kernel, self.stride) = (outputs, kernel, stride)
    (self.padding, self.bias) = (padding, bias)
  }

  /// Filters, their size, and how they are moved over the image.
  public static let options = [
    OptionDescription("outputs", .integer(1...65_536), "filters: output channels"),
    OptionDescription("kernel", .integer(1...64), "rows and columns of a filter"),
    OptionDescription(
      "stride", .integer(1...64), default: .integer(1), "pixels from one output's to the next's"),
    OptionDescription("padding", .integer(0...63), default: .integer(0), "zeros on each side of the image"),
    OptionDescription("bias", .flag, default: .flag(false), "whether a bias is added to each filter's sums"),
  ]
  /// From its options.
  public init(_ values: OptionValues) {
    self.init(
      outputs: values.integer("outputs"), kernel: values.integer("kernel"),
      stride: values.integer("stride"), padding: values.integer("padding"), bias: values.flag("bias"))
  }
  /// What `options` describes.
  public var optionValues: OptionValues {
    [
      "outputs": .integer(outputs), "kernel": .integer(kernel), "stride": .integer(stride),
      "padding": .integer(padding), "bias": .flag(bias),
    ]
  }

  /// A channel for each filter, and a pixel for each place that a filter has on the padded image.
  public func shape(_ inputs: [Shape]) throws(OperationError) -> Shape {
    let x = inputs[0]
    guard padding < kernel else {
      throw OperationError("has a padding of \(padding), which must be less than its kernel of \(kernel)")
    }
    guard x.height + 2 * padding >= kernel, x.width + 2 * padding >= kernel else {
      throw OperationError(
        "has filters of \(kernel)x\(kernel), larger than its input of \(x.height)x\(x.width)"
          + (padding > 0 ? " with a padding of \(padding)" : ""))
    }
    return Shape(
      outputs, (x.height + 2 * padding - kernel) / stride + 1, (x.width + 2 * padding - kernel) / stride + 1)
  }

  /// The weight, `[channels, rows, columns, outputs]`, and the bias, `[outputs]`.
  public func parameters(_ inputs: [Shape]) -> [ParameterShape] {
    let channels = inputs[0].channels
    let weight = ParameterShape(
      "weight", [channels, kernel, kernel, outputs], start: .drawn(fanIn: channels * kernel * kernel))
    return bias ? [weight, ParameterShape("bias", [outputs], start: .constant(0))] : [weight]
  }

  /// The products with the upstream gradient: by the filters, and by the patches that they read.
  public func gradients(_ call: GradientCall, upstream: TensorID, in graph: inout Graph) -> Gradients {
    let (x, weight) = (call.inputs[0], call.parameters[0])
    var input: TensorID?
    if call.needsInput[0] {
      let gradient = graph.declareGradient(of: x)
      graph.append(Conv2DInputGradient(forward: self), [upstream], [weight], to: gradient)
      input = gradient
    }
    let gradient = graph.declareGradient(of: weight)
    graph.append(Conv2DWeightGradient(forward: self), [x, upstream], [weight], to: gradient)
    guard bias else { return Gradients(inputs: [input], parameters: [gradient]) }
    let biasGradient = graph.declareGradient(of: call.parameters[1])
    graph.append(BiasGradient(), [upstream], to: biasGradient)
    return Gradients(inputs: [input], parameters: [gradient, biasGradient])
  }

  /// Its own.
  public var units: UnitMap { .own }
  /// Of so many filters.
  public func resized(units: Int) -> Conv2D {
    Conv2D(outputs: units, kernel: kernel, stride: stride, padding: padding, bias: bias)
  }
  /// Its channels, filters and pixels: what the caches hold of them decides the speed.
  public func pricedSize(_ inputs: [Shape]) -> String? {
    "conv2d of \(inputs[0]) to \(outputs), \(kernel)x\(kernel), stride \(stride), padding \(padding)"
  }
  /// One for each entry of the weight at each pixel of the output.
  public func macs(_ inputs: [Shape]) -> Int {
    guard let shape = try? shape(inputs) else { return 0 }
    return shape.count * inputs[0].channels * kernel * kernel
  }
}

/// `dX[c, y, x] = sum of W[c, ky, kx, o] dY[o, ...]` over the taps that read the pixel, then o; reads dY.
public struct Conv2DInputGradient: Operation {
  /// `conv2d_input_gradient`.
  public static let name = "conv2d_input_gradient"
  /// The convolution.
  public let forward: Conv2D

  /// Creates the operation.
  public init(forward: Conv2D) { self.forward = forward }
}

/// `G[c, ky, kx, o] = sum of X dY[o, y, x]` over pixels and images; reads X and dY.
public struct Conv2DWeightGradient: Operation {
  /// `conv2d_weight_gradient`.
  public static let name = "conv2d_weight_gradient"
  /// The convolution.
  public let forward: Conv2D

  /// Creates the operation.
  public init(forward: Conv2D) { self.forward = forward }
}
