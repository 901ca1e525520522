import Backends
import Configs
import GraphExec

/// A network that is still being pruned, in which those layers are in CSR already that are faster so: they lose entries there. No
/// unit is removed before the masks are settled.
final class GradualForm: RunForm {
  let model: any Model
  let train: any ResidentSet
  let test: any ResidentSet

  /// Takes over from a form of the whole network; nil where each layer would stay as it is.
  ///
  /// Which layers are in CSR follows from how many entries they have when an epoch begins, so that a run that goes on from there
  /// is in the same form.
  init?(
    _ whole: any RunForm, unit: PruningUnit, config: StudyConfig, costs: LayerCosts?, backend: any Backend
  ) throws {
    guard !unit.isNeuron, config.execution.format != .dense else { return nil }
    var specification = whole.model.specification
    // Convolutions stay masked: their kernels in CSR are told how many entries there are.
    let sparse = FormatChoice(config.execution.format, costs: costs).sparseWeights(
      of: config.network, survivors: try whole.counts().map(\.survivors), blocks: SparseBlocks(unit)
    ).filter { config.network.layers[config.network.layer(of: $0)].operation is Linear }
    let known = Set(config.network.weights.filter { specification.pattern($0) != nil })
    guard sparse != known else { return nil }
    let state = try whole.state()
    for weight in config.network.weights {
      let shape = config.network[weight]
      specification.formats[weight.index] =
        sparse.contains(weight)
        ? .sparse(SparsePattern(mask: state[weight].mask, rows: shape.rows, columns: shape.columns)) : .masked
    }
    specification.prunes = unit
    model = try backend.makeModel(specification)
    try model.load(state)
    (train, test) = (whole.train, whole.test)
  }

  func whole(_ state: ModelState) -> ModelState { state }
  func counts() throws -> [LayerCount] { try model.counts() }
}
