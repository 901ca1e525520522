import Device
import GraphExec

/// The products of a convolution with their epilogues, on tensors with borders and without.
struct ConvolutionVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  /// Whether borders of two widths are tried, and every store with and without a ReLU.
  let isThorough: Bool

  /// Tries configurations on one shape.
  func verify(_ shape: ConvolutionShape, _ configurations: [KernelConfig]) {
    let operands = ConvolutionOperands(shape)
    for config in configurations {
      for border in shape.borders(isThorough: isThorough) {
        run(ConvolutionTrial(runner, report, config, operands, border: border))
      }
    }
  }

  private func run(_ trial: ConvolutionTrial) {
    let launches = ConvolutionLaunches(trial.setting)
    let (weights, ldw) = (trial.operands.weights, leadingDimension(trial.operands.weights.columns))
    func weight() throws -> [BufferID: any KernelBuffer] {
      let values = spread(weights.values, columns: weights.columns, stride: ldw)
      var buffers: [BufferID: any KernelBuffer] = [.weight(.value): try runner.buffer("W", values)]
      for (id, values) in [(launches.offsetsID, launches.offsets)] + launches.reads(of: trial.output) {
        buffers[id] = try runner.buffer("\(id)", values)
      }
      return buffers
    }
    trial.products(launches, isThorough: isThorough, weight: weight)
    let (gradient, bytes) = launches.weightGradient(.x, TensorOperand(.dY, trial.output), to: .out)
    trial.parts(gradient, bytes: bytes) {
      var buffers = try weight()
      buffers[.out] = try runner.buffer("the result", [Float](repeating: .nan, count: weights.rows * ldw))
      return buffers
    } compare: {
      trial.operands.weightGradient.compare(try $0[.out]?.read(Float.self) ?? [], stride: ldw)
    }
  }
}

extension ConvolutionShape {
  /// Borders of the input that are tried: the least that there must be, and one more; or one that there is.
  func borders(isThorough: Bool) -> [Int] {
    let padding = convolution.padding
    return isThorough ? [padding, padding + 1] : [max(padding, 1)]
  }
}
