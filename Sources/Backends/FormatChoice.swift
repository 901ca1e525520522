import Configs
import GraphExec

/// Which format each layer of a network gets.
package struct FormatChoice {
  private let format: ExecutionConfig.Format
  private let costs: FormatCosts?

  package init(_ format: ExecutionConfig.Format, costs: FormatCosts?) {
    self.format = format
    self.costs = costs
  }

  /// A layer with nothing pruned is dense; the others are masked, or sparse where that is faster or asked for.
  package func formats(of network: Network, masks: [[UInt8]]) -> [LayerFormat] {
    (0..<network.depth).map { layer in
      guard masks[layer].contains(0) else { return .dense }
      guard let costs else { return .masked }
      let (inputs, outputs) = network.shape(of: layer)
      let pattern = SparsePattern(mask: masks[layer], rows: inputs, columns: outputs)
      func seconds(_ density: Double?) -> Double {
        // For one image: more of them are a factor of both.
        costs.seconds(
          inputs: inputs, outputs: outputs, stride: 1, density: density, needsInputGradient: layer > 0)
      }
      let isFaster = seconds(pattern.density) < seconds(nil)
      return format == .sparse || isFaster ? .sparse(pattern) : .masked
    }
  }
}
