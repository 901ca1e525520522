import Configs
import GraphExec

/// Which format each parameter of a network gets.
package struct FormatChoice {
  private let format: ExecutionConfig.Format
  private let costs: FormatCosts?

  package init(_ format: ExecutionConfig.Format, costs: FormatCosts?) {
    self.format = format
    self.costs = costs
  }

  /// A parameter with nothing pruned is dense; the others are masked, or sparse where that is faster or asked for.
  package func formats(of network: Network, masks: [[UInt8]]) -> [LayerFormat] {
    network.parameters.enumerated().map { index, parameter in
      let mask = masks[index]
      guard mask.contains(0) else { return .dense }
      guard let costs, parameter.canBeSparse else { return .masked }
      let (inputs, outputs) = (parameter.rows, parameter.columns)
      let pattern = SparsePattern(mask: mask, rows: inputs, columns: outputs)
      func seconds(_ density: Double?) -> Double {
        // For one image: more of them are a factor of both.
        costs.seconds(
          inputs: inputs, outputs: outputs, stride: 1, density: density,
          needsInputGradient: network.needsInputGradient(ParameterID(index)))
      }
      let isFaster = seconds(pattern.density) < seconds(nil)
      return format == .sparse || isFaster ? .sparse(pattern) : .masked
    }
  }
}
