import Configs
import GraphExec

/// Which format each parameter of a network gets.
package struct FormatChoice {
  private let format: ExecutionConfig.Format
  private let costs: LayerCosts?

  package init(_ format: ExecutionConfig.Format, costs: LayerCosts?) {
    self.format = format
    self.costs = costs
  }

  /// A parameter with nothing pruned is dense; the others are masked, or sparse where that is faster or asked for.
  ///
  /// - Parameter original: the network before it lost units, by whose sizes its layers are priced.
  package func formats(of network: Network, original: Network, masks: [[UInt8]]) -> [LayerFormat] {
    network.parameters.enumerated().map { index, parameter in
      let mask = masks[index]
      let weight = ParameterID(index)
      guard mask.contains(0) else { return .dense }
      guard parameter.isWeight, let all = costs else { return .masked }
      let (inputs, outputs) = (parameter.rows, parameter.columns)
      let pattern = SparsePattern(mask: mask, rows: inputs, columns: outputs)
      guard let costs = all.costs(of: weight, in: original, blocks: pattern.blocks) else { return .masked }
      func seconds(_ density: Double?) -> Double {
        // For one pixel of one image: more of them are a factor of both.
        costs.seconds(
          inputs: inputs, outputs: outputs, stride: 1, density: density,
          needsInputGradient: network.needsInputGradient(weight))
      }
      let isFaster = seconds(pattern.density) < seconds(nil)
      return format == .sparse || isFaster ? .sparse(pattern) : .masked
    }
  }
}
