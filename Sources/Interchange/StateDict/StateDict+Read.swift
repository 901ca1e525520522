import Files
import GraphExec
import Text

extension StateDict {
  /// The network with the file's parameters.
  ///
  /// - Throws: `FileFormatError` with a line for each parameter that is missing, has another shape, or is left over.
  func model() throws -> ImportedModel {
    var values: [String: [Float]] = [:]
    var problems: [String] = []
    var used: Set<String> = []
    for (index, layer) in network.layers.enumerated() {
      let parameters = network.parameters(of: index).map { network[$0] }
      let names = Self.tensors(of: layer.operation)
      for (place, parameter) in parameters.enumerated() {
        guard case .some(.some(let module)) = modules[layer.name] else {
          problems.append(
            "\(parameter.name) \(Self.torchShape(parameter)): no module of its kind is left for it")
          continue
        }
        let name = "\(module).\(names[place])"
        used.insert(name)
        switch entries(name, of: parameter) {
        case .success(let own): values[parameter.name] = own
        case .failure(let mismatch):
          problems.append("\(parameter.name) \(Self.torchShape(parameter)): \(mismatch.problem)")
        }
      }
    }
    let left = file.tensors.keys.filter { !used.contains($0) && !$0.hasSuffix("num_batches_tracked") }
    for name in left.sorted(by: Self.isNaturallyBefore) {
      problems.append("\(Excerpt.of(name)) \(file.tensors[name]?.shape ?? []): no layer takes it")
    }
    guard problems.isEmpty else {
      let shown = problems.prefix(40).map { "\n  \($0)" }.joined()
      let more = problems.count > 40 ? "\n  and \(problems.count - 40) more" : ""
      throw FileFormatError(
        file.path,
        "does not fit the network (modules can be named in a table, --names FILE):\(shown)\(more)")
    }
    do throws(ONNXError) {
      return try ImportedModel(
        source: "PyTorch state_dict", input: network.input, layers: network.layers, values: values, notes: [],
        normalization: nil)
    } catch {
      throw FileFormatError(file.path, error.problem)
    }
  }

  private struct Mismatch: Error {
    let problem: String
  }

  /// A tensor's entries as Whittle holds them.
  private func entries(_ name: String, of parameter: Parameter) -> Result<[Float], Mismatch> {
    guard let tensor = file.tensors[name] else {
      return .failure(Mismatch(problem: "there is no \(Excerpt.of(name))"))
    }
    guard tensor.shape == Self.torchShape(parameter) else {
      return .failure(Mismatch(problem: "\(Excerpt.of(name)) is \(Excerpt.of("\(tensor.shape)"))"))
    }
    guard let values = tensor.values(as: Float.self) else {
      return .failure(Mismatch(problem: "\(Excerpt.of(name)) holds \(tensor.dtype.rawValue), expected F32"))
    }
    guard values.allSatisfy(\.isFinite) else {
      return .failure(Mismatch(problem: "\(Excerpt.of(name)) has entries that are not finite numbers"))
    }
    return .success(TorchLayout.outputsLast(values, of: parameter))
  }

  private static func torchShape(_ parameter: Parameter) -> [Int] { TorchLayout.dimensions(of: parameter) }
}
