import GraphExec

/// The sizes of a convolution.
struct ConvolutionShape {
  let input: Shape
  let convolution: Conv2D
  /// Images of a full batch.
  let batch: Int
  /// Images of this batch, the last one may have fewer.
  let images: Int

  init(_ input: Shape, _ convolution: Conv2D, batch: Int, images: Int? = nil) {
    self.input = input
    self.convolution = convolution
    self.batch = batch
    self.images = images ?? batch
  }

  var output: Shape { (try? convolution.shape([input])) ?? Shape(0) }
  var depth: Int { input.channels * convolution.kernel * convolution.kernel }
  var description: String {
    let (kernel, stride, padding) = (convolution.kernel, convolution.stride, convolution.padding)
    return "\(input) to \(output), \(kernel)x\(kernel) every \(stride), padding \(padding), batch \(batch)"
      + (images < batch ? " with \(images) images" : "")
  }
}

/// Random operands of a convolution's products and what must come out, `[features, batch]` without borders.
struct ConvolutionOperands {
  let shape: ConvolutionShape
  let weights: Matrix
  /// 1 for a surviving entry of the weights.
  let mask: [UInt8]
  let x: Matrix
  let dY: Matrix
  /// Of each channel: what is added, by a bias or a batch norm, and what a batch norm multiplies by.
  let bias: [Float]
  let factor: [Float]
  /// What is added of each pixel.
  let other: Matrix
  /// What updates the weights, and what it remembers of them.
  let rule: UpdateReference
  let slots: [Matrix]
  private(set) var forward: Expectation
  private(set) var inputGradient: Expectation
  private(set) var weightGradient: Expectation
  /// The forward product with the bias.
  var biased: Expectation { changed(zerosFollow: false) { _, channel in (1, Double(bias[channel])) } }
  /// The forward product with factor and offset.
  var normed: Expectation {
    changed(zerosFollow: false) { _, channel in (Double(factor[channel]), Double(bias[channel])) }
  }
  /// The forward product with the other tensor.
  var added: Expectation { changed(zerosFollow: true) { at, _ in (1, Double(other.values[at])) } }

  /// The forward product by a factor and with a number added.
  private func changed(zerosFollow: Bool, _ numbers: (_ at: Int, _ channel: Int) -> (Double, Double))
    -> Expectation
  {
    Self.changed(forward, zerosFollow: zerosFollow) { numbers($0, $0 / (shape.output.pixels * shape.batch)) }
  }

  /// Sums by a factor and with a number added, rounded once more.
  private static func changed(
    _ sums: Expectation, zerosFollow: Bool, _ numbers: (_ at: Int) -> (Double, Double)
  ) -> Expectation {
    var result = sums
    result.zerosFollow = zerosFollow
    for i in result.values.indices {
      let (factor, offset) = numbers(i)
      result.values[i] = factor * result.values[i] + offset
      result.bounds[i] =
        2 * factor.magnitude * result.bounds[i] + 2 * Expectation.unit * result.values[i].magnitude
    }
    return result
  }
  /// The input gradient with x added, as another reader's gradient would be.
  var addedInputGradient: Expectation {
    Self.changed(inputGradient, zerosFollow: inputGradient.zerosFollow) { (1, Double(x.values[$0])) }
  }

  /// An input gradient where a ReLU's activation is x.
  func gated(_ gradient: Expectation) -> Expectation { gradient.zeroed { x.values[$0] <= 0 } }

  /// The weights after a step of the optimizer.
  var update: UpdateReference.Update { rule.update(weightGradient, value: weights, slots: slots) }

  /// - Parameters:
  ///   - density: share of the weights that survive; the others are zero.
  ///   - optimizer: what updates the weights.
  init(_ shape: ConvolutionShape, density: Double = 1, optimizer: any Optimizer = Adam()) {
    self.shape = shape
    let (input, output, batch) = (shape.input, shape.output, shape.batch)
    var random = RandomValues(seed: UInt64(input.count * 7919 + output.count * 31 + batch))
    var weights = random.matrix(shape.depth, output.channels)
    // Activations behind a ReLU: none is negative, and a part is zero. A last batch's missing images are zeros.
    bias = random.floats(output.channels)
    factor = random.floats(output.channels)
    other = random.matrix(output.count, batch)
    var x = random.matrix(input.count, batch)
    var dY = random.matrix(output.count, batch)
    for i in x.values.indices where x.values[i] < 0 || i % batch >= shape.images { x.values[i] = 0 }
    for i in dY.values.indices where i % batch >= shape.images { dY.values[i] = 0 }
    (self.x, self.dY) = (x, dY)
    mask = random.mask(weights.values.count, density: density)
    for i in mask.indices where mask[i] == 0 { weights.values[i] = 0 }
    self.weights = weights
    rule = UpdateReference(optimizer)
    slots = optimizer.randomSlots(rows: weights.rows, columns: weights.columns, &random)
    var sums = ConvolutionSums(shape)
    sums.add(weights: weights, x: x, dY: dY)
    (forward, inputGradient, weightGradient) = (sums.forward, sums.inputGradient, sums.weightGradient)
  }
}

/// The three products in `Double`, with bounds of any order of summation: n u sum|a b| (Higham 2002, section 4.2).
private struct ConvolutionSums {
  private let shape: ConvolutionShape
  private(set) var forward: Expectation
  private(set) var inputGradient: Expectation
  private(set) var weightGradient: Expectation

  init(_ shape: ConvolutionShape) {
    func zeros(_ rows: Int, _ columns: Int) -> Expectation {
      let zeros = [Double](repeating: 0, count: rows * columns)
      return Expectation(rows: rows, columns: columns, values: zeros, bounds: zeros)
    }
    self.shape = shape
    forward = zeros(shape.output.count, shape.batch)
    inputGradient = zeros(shape.input.count, shape.batch)
    weightGradient = zeros(shape.depth, shape.output.channels)
  }

  mutating func add(weights: Matrix, x: Matrix, dY: Matrix) {
    let (input, output, convolution) = (shape.input, shape.output, shape.convolution)
    let (kernel, batch, unit) = (convolution.kernel, shape.batch, Expectation.unit)
    func accumulate(_ sums: inout Expectation, _ at: Int, _ terms: Int, _ a: Float, _ b: Float) {
      let product = Double(a) * Double(b)
      sums.values[at] += product
      sums.bounds[at] += Double(terms) * unit * product.magnitude
    }
    let reach = kernel * kernel * output.channels
    for row in 0..<shape.depth {
      let (c, ky, kx) = (row / (kernel * kernel), row / kernel % kernel, row % kernel)
      for pixel in 0..<output.pixels {
        let y = pixel / output.width * convolution.stride + ky - convolution.padding
        let column = pixel % output.width * convolution.stride + kx - convolution.padding
        guard (0..<input.height).contains(y), (0..<input.width).contains(column) else { continue }
        let from = ((c * input.height + y) * input.width + column) * batch
        for o in 0..<output.channels {
          let (to, entry) = ((o * output.pixels + pixel) * batch, row * output.channels + o)
          for b in 0..<batch {
            accumulate(&forward, to + b, shape.depth, weights.values[entry], x.values[from + b])
            accumulate(&inputGradient, from + b, reach, weights.values[entry], dY.values[to + b])
            accumulate(&weightGradient, entry, output.pixels * batch, x.values[from + b], dY.values[to + b])
          }
        }
      }
    }
  }
}
