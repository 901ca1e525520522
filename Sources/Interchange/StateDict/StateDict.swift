import Files
import GraphExec
import Text

/// The `state_dict` of a PyTorch network in a safetensors file, beside the network whose parameters it holds.
///
/// PyTorch has a linear layer's weight as `[outputs, inputs]` and a filter as `[outputs, channels, height, width]`; a batch
/// norm's `weight`, `bias`, `running_mean` and `running_var` are `scale`, `shift`, `mean` and `variance` here.
struct StateDict {
  let file: SafetensorsFile
  let network: Network
  /// The module of each layer that has parameters, by the layer's name; nil where there is none left for it.
  let modules: [String: String?]

  /// The names of a module's tensors, in the order of the parameters of Whittle's layer.
  static func tensors(of operation: any LayerOperation) -> [String] {
    operation is BatchNorm ? ["weight", "bias", "running_mean", "running_var"] : ["weight", "bias"]
  }

  /// Whether a file is the `state_dict` of another program's network: it names modules, and describes no model.
  static func isOne(_ file: SafetensorsFile) -> Bool {
    file.metadata["network"] == nil && file.metadata["layers"] == nil
      && file.tensors["layers.0.weight"] == nil
      && file.tensors["layers.0.weight.values"] == nil
      && file.tensors.keys.contains { $0.hasSuffix(".weight") }
  }

  /// Finds the module of each layer: by the table, by the layers' names, or by order.
  ///
  /// - Parameter names: modules by layers.
  /// - Throws: `FileFormatError` for a table that names what is not there.
  init(_ file: SafetensorsFile, of network: Network, names: [String: String]?) throws {
    (self.file, self.network) = (file, network)
    let layers = network.layers.indices.filter { !network.parameters(of: $0).isEmpty }.map {
      network.layers[$0]
    }
    if let names {
      for layer in names.keys.sorted() where !layers.contains(where: { $0.name == layer }) {
        let known = layers.map(\.name)
        let nearest = NearestName.find(layer, among: known).map { "; did you mean \($0)?" } ?? ""
        throw FileFormatError(
          file.path,
          "the table of names has \(Excerpt.of(layer)), which is no layer with parameters\(nearest)")
      }
      modules = Dictionary(uniqueKeysWithValues: layers.map { ($0.name, names[$0.name]) })
    } else if layers.allSatisfy({ file.tensors["\(PythonName.of($0.name)).weight"] != nil }) {
      modules = Dictionary(uniqueKeysWithValues: layers.map { ($0.name, PythonName.of($0.name)) })
    } else if layers.allSatisfy({ file.tensors["\($0.name).weight"] != nil }) {
      modules = Dictionary(uniqueKeysWithValues: layers.map { ($0.name, $0.name) })
    } else {
      modules = Self.byOrder(layers, file)
    }
  }

  /// What can be told of a module by its tensors.
  private enum Kind: Hashable {
    case linear, convolution, norm
  }

  /// The modules of each kind in the order of their names, numbers in these as numbers: the file has lost that of the
  /// network.
  private static func byOrder(_ layers: [Network.Layer], _ file: SafetensorsFile) -> [String: String?] {
    var modules: [Kind: [String]] = [:]
    for name in file.tensors.keys where name.hasSuffix(".weight") {
      let module = String(name.dropLast(".weight".count))
      let kind: Kind? =
        if file.tensors["\(module).running_mean"] != nil {
          .norm
        } else {
          switch file.tensors[name]?.shape.count {
          case 2: .linear
          case 4: .convolution
          default: nil
          }
        }
      if let kind { modules[kind, default: []].append(module) }
    }
    for kind in modules.keys { modules[kind]?.sort(by: isNaturallyBefore) }
    var taken: [Kind: Int] = [:]
    return Dictionary(
      uniqueKeysWithValues: layers.map { layer in
        let kind: Kind =
          layer.operation is BatchNorm ? .norm : layer.operation is Conv2D ? .convolution : .linear
        let place = taken[kind, default: 0]
        taken[kind] = place + 1
        let own = modules[kind] ?? []
        return (layer.name, own.indices.contains(place) ? own[place] : nil)
      })
  }

  /// `layers.2` comes before `layers.10`.
  static func isNaturallyBefore(_ a: String, _ b: String) -> Bool {
    for (one, other) in zip(pieces(a), pieces(b)) where one != other {
      if let first = Int(one), let second = Int(other), first != second { return first < second }
      return one < other
    }
    return a.count < b.count
  }

  /// Digits and what lies between them.
  private static func pieces(_ name: String) -> [Substring] {
    var pieces: [Substring] = []
    var rest = name[...]
    while let first = rest.first {
      let isDigit = ("0"..."9").contains(first)
      let piece = rest.prefix { ("0"..."9").contains($0) == isDigit }
      pieces.append(piece)
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }
}
