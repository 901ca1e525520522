import Device
import GraphExec

/// The products of a convolution with their epilogues, on tensors with borders and without.
struct ConvolutionVerification {
  let runner: KernelRunner
  let report: VerifyReport
  /// Whether borders of two widths are tried, and every store with and without a ReLU.
  let isThorough: Bool

  /// Tries configurations on one shape.
  func verify(_ shape: ConvolutionShape, _ configurations: [KernelConfig]) {
    let operands = ConvolutionOperands(shape)
    for config in configurations {
      let padding = shape.convolution.padding
      for border in isThorough ? [padding, padding + 1] : [max(padding, 1)] {
        ConvolutionTrial(runner, report, config, operands, border: border).run(isThorough: isThorough)
      }
    }
  }
}

/// One configuration on one shape.
private struct ConvolutionTrial {
  private let runner: KernelRunner
  private let report: VerifyReport
  private let config: KernelConfig
  private let operands: ConvolutionOperands
  private let stride: Int
  private let input: TensorLayout
  private let output: TensorLayout
  private let launches: ConvolutionLaunches
  private var shape: ConvolutionShape { operands.shape }
  /// Where a batch norm's factor and offset are.
  private static let norm = ChannelResults(of: TensorID(9))

  /// - Parameter border: of the tensors in the shape of the input; those of the output have one of a pixel less.
  init(
    _ runner: KernelRunner, _ report: VerifyReport, _ config: KernelConfig, _ operands: ConvolutionOperands,
    border: Int
  ) {
    self.runner = runner
    self.report = report
    self.config = config
    self.operands = operands
    stride = config.stride(forBatch: operands.shape.batch)
    input = TensorLayout(operands.shape.input, border: border)
    output = TensorLayout(operands.shape.output, border: max(border - 1, 0))
    launches = ConvolutionLaunches(
      LayerWeight(inputs: operands.shape.depth, outputs: operands.shape.output.channels),
      operands.shape.convolution, input: input, output: operands.shape.output, stride: stride,
      config: config)
  }

  func run(isThorough: Bool) {
    let out = TensorOperand(.out, output)
    let other = TensorOperand(.other, output)
    for relu in [false, true] {
      func attempt(_ launch: Launch, _ sums: Expectation) {
        self.attempt(launch, output, relu ? sums.relu : sums)
      }
      if isThorough || !relu {
        attempt(launches.forward(.x, to: out, relu: relu), operands.forward)
        attempt(launches.forward(.x, to: out, norm: Self.norm, relu: relu), operands.normed)
      }
      if isThorough || relu {
        attempt(launches.forward(.x, to: out, bias: .bias, relu: relu), operands.biased)
        attempt(launches.forward(.x, to: out, adding: other, relu: relu), operands.added)
      }
    }
    for gated in [false, true] {
      let launch = launches.inputGradient(
        TensorOperand(.dY, output), to: TensorOperand(.out, input),
        gate: gated ? TensorOperand(.x, input) : nil)
      attempt(launch, input, gated ? operands.gatedInputGradient : operands.inputGradient)
    }
    weightGradient()
  }

  private func attempt(_ launch: Launch, _ layout: TensorLayout, _ expected: Expectation) {
    report.attempt(launch.kernel, config.name, case: shape.description) {
      var buffers = try operandBuffers()
      // What nothing writes shows as a NaN, and a border that is written as another number than zero.
      let unwritten = Matrix(
        rows: layout.shape.count, columns: stride,
        values: [Float](repeating: .nan, count: layout.shape.count * stride))
      let out = try runner.buffer("the result", laidOut(unwritten, layout))
      buffers[.out] = out
      try runner.run(launch, on: buffers)
      return expected.laidOut(layout).compare(try out.read(Float.self), stride: stride)
    }
  }

  private func weightGradient() {
    let (own, bytes) = launches.weightGradient(.x, TensorOperand(.dY, output), to: .out)
    report.attempt("conv_weight_gradient", config.name, case: shape.description) {
      var buffers = try operandBuffers()
      let ldw = leadingDimension(shape.output.channels)
      buffers[.partialSums] = try runner.buffer("parts", [Float](repeating: 0, count: bytes / 4))
      let out = try runner.buffer("the result", [Float](repeating: .nan, count: shape.depth * ldw))
      buffers[.out] = out
      for launch in own { try runner.run(launch, on: buffers) }
      let comparison = operands.weightGradient.compare(try out.read(Float.self), stride: ldw)
      report.record("conv_weight_gradient_sum", config.name, case: shape.description, comparison)
      return comparison
    }
  }

  private func operandBuffers() throws -> [BufferID: GuardedBuffer] {
    let (weights, ldw) = (operands.weights, leadingDimension(shape.output.channels))
    var buffers: [BufferID: GuardedBuffer] = [
      .weight(.value): try runner.buffer(
        "W", spread(weights.values, columns: weights.columns, stride: ldw)),
      .x: try runner.buffer("X", laidOut(operands.x, input)),
      .dY: try runner.buffer("dY", laidOut(operands.dY, output)),
      .bias: try runner.buffer("bias", operands.bias),
      .other: try runner.buffer("the other", laidOut(operands.other, output)),
      .channels(TensorID(9), .factor): try runner.buffer("factor", operands.factor),
      .channels(TensorID(9), .offset): try runner.buffer("offset", operands.bias),
    ]
    for (id, values) in [(launches.offsetsID, launches.offsets)] + launches.reads(of: output) {
      buffers[id] = try runner.buffer("\(id)", values)
    }
    return buffers
  }

  /// A tensor's rows where a layout has them, each of `stride` floats.
  private func laidOut(_ tensor: Matrix, _ layout: TensorLayout) -> [Float] {
    layout.placed(spread(tensor.values, columns: tensor.columns, stride: stride), stride: stride)
  }
}

extension Expectation {
  /// The rows where a layout has them, and zeros, exactly, in its border.
  fileprivate func laidOut(_ layout: TensorLayout) -> Expectation {
    let zeros = [Double](repeating: 0, count: layout.rows * columns)
    var result = Expectation(rows: layout.rows, columns: columns, values: zeros, bounds: zeros)
    result.zerosFollow = zerosFollow
    for (feature, row) in layout.pixelRows.enumerated() {
      for b in 0..<columns {
        let (from, to) = (feature * columns + b, row * columns + b)
        result.values[to] = values[from]
        result.bounds[to] = bounds[from]
      }
    }
    return result
  }
}
