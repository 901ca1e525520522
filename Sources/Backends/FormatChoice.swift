import Configs
import GraphExec

/// Which format each parameter of a network gets.
package struct FormatChoice {
  private let format: ExecutionConfig.Format
  private let costs: LayerCosts?
  private let trains: Bool

  /// - Parameters:
  ///   - costs: nil where the backend has dense layers only.
  ///   - trains: whether it is for steps of training, and not for inference.
  package init(_ format: ExecutionConfig.Format, costs: LayerCosts?, trains: Bool = true) {
    self.format = format
    self.costs = costs
    self.trains = trains
  }

  /// The weights that are sparse by how many entries they have, where that is faster or asked for.
  ///
  /// - Parameters:
  ///   - survivors: the entries that each parameter has.
  ///   - blocks: those in which entries of a weight are pruned.
  package func sparseWeights(of network: Network, survivors: [Int], blocks: SparseBlocks) -> Set<ParameterID>
  {
    Set(
      network.weights.filter { weight in
        let (parameter, count) = (network[weight], survivors[weight.index])
        guard count < parameter.count, let costs = costs?.costs(of: weight, in: network, blocks: blocks)
        else {
          return false
        }
        return isSparse(
          costs, parameter, density: Double(count) / Double(parameter.count),
          needsInputGradient: network.needsInputGradient(weight))
      })
  }

  private func isSparse(
    _ costs: FormatCosts, _ parameter: Parameter, density: Double, needsInputGradient: Bool
  ) -> Bool {
    func seconds(_ density: Double?) -> Double {
      // For one pixel of one image: more of them are a factor of both.
      trains
        ? costs.seconds(
          inputs: parameter.rows, outputs: parameter.columns, stride: 1, density: density,
          needsInputGradient: needsInputGradient)
        : costs.inferenceSeconds(
          inputs: parameter.rows, outputs: parameter.columns, stride: 1, density: density)
    }
    return format == .sparse || seconds(density) < seconds(nil)
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
      let isSparse = isSparse(
        costs, parameter, density: pattern.density, needsInputGradient: network.needsInputGradient(weight))
      return isSparse ? .sparse(pattern) : .masked
    }
  }
}
