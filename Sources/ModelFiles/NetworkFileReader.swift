import Configs
import Files
import GraphExec
import Pruning
import Text

/// Reads a model file whose metadata describes its network, layer by layer, with errors that name the part.
struct NetworkFileReader {
  let file: SafetensorsFile

  private func invalid(_ problem: String) -> FileFormatError { FileFormatError(file.path, problem) }

  /// Nil for a file that does not describe its network.
  init?(_ file: SafetensorsFile) {
    guard file.metadata[ModelFileKey.network] != nil else { return nil }
    self.file = file
  }

  /// The model: every number is checked before it is used.
  ///
  /// - Throws: `FileFormatError`.
  func model() throws -> StoredModel {
    let network = try network()
    let compaction = try compaction(network)
    let small = compaction.compacted
    let parameters = try small.parameters.map { parameter in
      let stored = try stored(parameter)
      guard stored.isFinite else {
        throw invalid(
          "\(parameter.name) has entries that are not finite numbers; they are not those of a trained model")
      }
      return stored
    }
    let own = Set([ModelFileKey.network] + small.parameters.map { ModelFileKey.shape($0.name) })
    return StoredModel(
      compaction: compaction, parameters: parameters, metadata: file.metadata.filter { !own.contains($0.key) }
    )
  }

  private func network() throws -> Network {
    let key = ModelFileKey.network
    guard let json = try? JSONParser.parse(Array((file.metadata[key] ?? "").utf8)),
      case .object(let object) = json, case .array(let extents)? = object["input"],
      let layers = object["layers"]
    else { throw invalid("the metadata's \(key) is not an object of input and layers") }
    let sizes = extents.compactMap { extent -> Int? in
      guard case .number(let literal) = extent else { return nil }
      return Int(literal).flatMap { ModelConfig.widths.contains($0) ? $0 : nil }
    }
    guard sizes.count == 3, extents.count == 3, sizes.reduce(1, *) <= 1 << 24 else {
      throw invalid("the metadata's \(key) needs an input of [channels, height, width]")
    }
    let network: Network
    do {
      network = try Network(
        input: Shape(sizes[0], sizes[1], sizes[2]), layers: LayerList.read(layers))
    } catch let error as ConfigError {
      throw invalid(error.problems.first ?? "its network cannot be read")
    } catch let error as NetworkError {
      throw invalid("the metadata's \(key): \(error)")
    }
    guard network.parameterCount <= ModelConfig.maximumWeights else {
      throw invalid("has more than \(ModelConfig.maximumWeights) weights, the most that is allowed")
    }
    return network
  }

  /// The units that are left, by what each weight's layer says of its outputs.
  private func compaction(_ network: Network) throws -> Compaction {
    let groups = UnitGroups(network)
    var kept = groups.groups.map { Array(0..<$0.count) }
    for weight in network.weights {
      let name = ModelFileKey.keptOutputs(network[weight].layer)
      guard let count = file.tensors[name]?.shape.first else { continue }
      let group = groups.ofLayer[network.layer(of: weight)]
      guard !groups.groups[group].isFixed else {
        throw invalid("\(name): inputs and outputs of the network stay; only hidden units can be removed")
      }
      let units = try file.values(name, as: Int32.self, shape: [count]).map { Int($0) }
      guard !units.isEmpty, zip(units, units.dropFirst()).allSatisfy(<),
        units.allSatisfy((0..<groups.groups[group].count).contains)
      else {
        throw invalid(
          "the tensor \(name) needs unit numbers below \(groups.groups[group].count), ascending")
      }
      kept[group] = units
    }
    let compaction = Compaction(network: network, kept: kept)
    for weight in network.weights {
      try check(ModelFileKey.keptInputs(network[weight].layer), compaction.kept(of: weight).rows)
      try check(ModelFileKey.keptOutputs(network[weight].layer), compaction.kept(of: weight).columns)
    }
    return compaction
  }

  /// Layers that share units must say the same of them.
  private func check(_ name: String, _ expected: [Int]) throws {
    guard file.tensors[name] != nil else { return }
    guard try file.values(name, as: Int32.self, shape: [expected.count]).map({ Int($0) }) == expected else {
      throw invalid("the tensor \(name) names other units than the layers that it is tied to")
    }
  }

  private func stored(_ parameter: Parameter) throws -> StoredParameter {
    let name = parameter.name
    let sparse = [ModelFileKey.indptr(name), ModelFileKey.indices(name), ModelFileKey.values(name)]
    guard sparse.contains(where: { file.tensors[$0] != nil }) else {
      let matrix = try file.matrix(name, of: parameter)
      return .dense(matrix, mask: try file.mask(of: matrix, name: name))
    }
    guard file.tensors[name] == nil else { throw invalid("\(name) is there twice, dense and sparse") }
    guard parameter.isWeight else { throw invalid("\(name) is no weight, and only weights are sparse") }
    do {
      return .sparse(
        try SparseMatrix(
          rows: parameter.rows, columns: parameter.columns, indptr: file.values(sparse[0]),
          indices: file.values(sparse[1]), values: file.values(sparse[2])))
    } catch let error as SparsePatternError {
      throw invalid("the sparse matrix \(name) is malformed: \(error)")
    }
  }
}
