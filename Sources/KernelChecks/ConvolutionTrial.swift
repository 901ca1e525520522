import Device
import GraphExec

/// One configuration of a convolution's kernels on one shape, whatever its weight holds.
struct ConvolutionTrial {
  private let runner: any KernelRunner
  private let report: VerifyReport
  let operands: ConvolutionOperands
  /// Layouts of the tensors in the shapes of the input and the output.
  let input: TensorLayout
  let output: TensorLayout
  let setting: ConvolutionSetting
  private let stride: Int
  private let configuration: String
  private var shape: ConvolutionShape { operands.shape }
  /// Where a batch norm's factor and offset are.
  private static let norm = ChannelResults(of: TensorID(9))

  /// - Parameter border: of the tensors in the shape of the input; those of the output have one of a pixel less.
  init(
    _ runner: any KernelRunner, _ report: VerifyReport, _ config: KernelConfig,
    _ operands: ConvolutionOperands,
    border: Int
  ) {
    self.runner = runner
    self.report = report
    self.operands = operands
    stride = config.stride(forBatch: operands.shape.batch)
    configuration = config.name
    input = TensorLayout(operands.shape.input, border: border)
    output = TensorLayout(operands.shape.output, border: max(border - 1, 0))
    setting = ConvolutionSetting(
      LayerWeight(inputs: operands.shape.depth, outputs: operands.shape.output.channels),
      operands.shape.convolution, input: input, output: operands.shape.output, stride: stride,
      config: config)
  }

  /// Tries forward product and input gradient with all that their stores do.
  ///
  /// - Parameters:
  ///   - isThorough: with and without a ReLU.
  ///   - weight: the buffers of the weight and its tables.
  func products(
    _ launches: some ConvolutionProducts, isThorough: Bool, weight: () throws -> [BufferID: any KernelBuffer]
  ) {
    let out = TensorOperand(.out, output)
    let other = TensorOperand(.other, output)
    for relu in [false, true] {
      func attempt(
        _ sums: Expectation, bias: BufferID? = nil, norm: ChannelResults? = nil, adding: TensorOperand? = nil
      ) {
        let launch = launches.forward(.x, to: out, bias: bias, norm: norm, adding: adding, relu: relu)
        self.attempt(launch, output, relu ? sums.relu : sums, weight)
      }
      if isThorough || !relu {
        attempt(operands.forward)
        attempt(operands.normed, norm: Self.norm)
      }
      if isThorough || relu {
        attempt(operands.biased, bias: .bias)
        attempt(operands.added, adding: other)
      }
    }
    let x = TensorOperand(.x, input)
    for (added, gated) in [(false, false), (false, true), (true, true), (true, false)]
    where isThorough || added == gated {
      let launch = launches.inputGradient(
        TensorOperand(.dY, output), to: TensorOperand(.out, input), adding: added ? x : nil,
        gate: gated ? x : nil)
      let sums = added ? operands.addedInputGradient : operands.inputGradient
      attempt(launch, input, gated ? operands.gated(sums) : sums, weight)
    }
  }

  private func attempt(
    _ launch: Launch, _ layout: TensorLayout, _ expected: Expectation,
    _ weight: () throws -> [BufferID: any KernelBuffer]
  ) {
    record([launch.kernel]) {
      var buffers = try operandBuffers().merging(weight()) { $1 }
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

  /// Runs launches that end in a gradient or an update, and compares what came of them.
  ///
  /// - Parameters:
  ///   - buffers: of the weight, its tables, and what is written.
  ///   - bytes: of the parts that the last launch adds up.
  func parts(
    _ launches: [Launch], bytes: Int, buffers own: () throws -> [BufferID: any KernelBuffer],
    compare: ([BufferID: any KernelBuffer]) throws -> Comparison
  ) {
    record(launches.map(\.kernel)) {
      var buffers = try operandBuffers().merging(own()) { $1 }
      buffers[.partialSums] = try runner.buffer("parts", [Float](repeating: .nan, count: bytes / 4))
      for launch in launches { try runner.run(launch, on: buffers) }
      return try compare(buffers)
    }
  }

  /// A result is that of each of the kernels.
  private func record(_ kernels: [String], _ body: () throws -> Comparison) {
    let result = Result { try body() }
    for kernel in kernels {
      report.attempt(kernel, configuration, case: shape.description) { try result.get() }
    }
  }

  private func operandBuffers() throws -> [BufferID: any KernelBuffer] {
    [
      .x: try runner.buffer("X", laidOut(operands.x, input)),
      .dY: try runner.buffer("dY", laidOut(operands.dY, output)),
      .bias: try runner.buffer("bias", operands.bias),
      .other: try runner.buffer("the other", laidOut(operands.other, output)),
      .channels(TensorID(9), .factor): try runner.buffer("factor", operands.factor),
      .channels(TensorID(9), .offset): try runner.buffer("offset", operands.bias),
    ]
  }

  /// A tensor's rows where a layout has them, each of `stride` floats.
  private func laidOut(_ tensor: Matrix, _ layout: TensorLayout) -> [Float] {
    layout.placed(spread(tensor.values, columns: tensor.columns, stride: stride), stride: stride)
  }
}

/// The products of a convolution whose stores have the same steps, whatever its weight holds.
protocol ConvolutionProducts {
  func forward(
    _ x: BufferID, to y: TensorOperand, bias: BufferID?, norm: ChannelResults?, adding other: TensorOperand?,
    relu: Bool
  ) -> Launch
  func inputGradient(
    _ dY: TensorOperand, to dX: TensorOperand, adding other: TensorOperand?, gate: TensorOperand?
  ) -> Launch
}

extension ConvolutionLaunches: ConvolutionProducts {}
extension SparseConvolutionLaunches: ConvolutionProducts {}

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
