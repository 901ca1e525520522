import Device
import GraphExec

/// The kernels of single products against the `Double` reference, for tiles that are to be used.
package final class ProductCheck {
  /// So many multiply-adds of the reference take about a second; of a larger product part of the batch is checked.
  private static let mostMultiplyAdds = 1 << 28
  private let runner: DeviceRunner
  private var last: MatmulOperands?

  /// - Throws: `OpenCLError`.
  package init(_ context: ComputeContext) throws { runner = try DeviceRunner(context) }

  /// What a configuration's kernels get wrong on a product; nil where they agree.
  ///
  /// - Parameter isThorough: tries every kernel of the pass, on small products, too, which end inside every tile and vector;
  ///   else the one kernel that does most.
  package func failure(of config: KernelConfig, on product: ProductShape, isThorough: Bool = true) -> String?
  {
    let weights = product.inputs * product.outputs
    let batch = min(product.columns, max(16, Self.mostMultiplyAdds / weights))
    let report = VerifyReport()
    let small = [MatmulShape(33, 18, 33, images: 20), MatmulShape(93, 67, 16)]
    for shape in isThorough ? small : [] {
      MatmulTrial(runner, report, config, MatmulOperands(shape)).run(product.pass)
    }
    let operands = operands(MatmulShape(product.inputs, product.outputs, batch))
    let trial = MatmulTrial(runner, report, config, operands)
    if isThorough { trial.run(product.pass) } else { trial.runOne(product.pass) }
    return report.results.first { $0.failures > 0 }.map { "\($0.kernel), \($0.firstFailure ?? "")" }
  }

  /// Those of the last shape are kept.
  private func operands(_ shape: MatmulShape) -> MatmulOperands {
    if let last, last.shape == shape { return last }
    let operands = MatmulOperands(shape)
    last = operands
    return operands
  }
}
