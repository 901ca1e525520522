import GraphExec
import Text

/// A network's layers as a config, or a model file, lists them: each an object with an operation, its options, a name, and
/// what it reads where that is not the layer before it.
package enum LayerList {
  /// The most layers of a network.
  static let maximum = 1000

  /// Reads the elements of a list; nil where something is wrong with one of them, which is reported.
  static func layers(_ values: [JSONValue], at key: String, of section: ConfigSection) -> [Network.Layer]? {
    let problems = section.reader.problems.count
    guard (1...maximum).contains(values.count) else {
      section.report(key, "\(values.count) layers; allowed: 1 to \(maximum)")
      return nil
    }
    var counts: [String: Int] = [:]
    let layers = values.enumerated().map { index, value -> Network.Layer? in
      let element = section.element(index, of: key, value)
      guard let type = operation(element) else { return nil }
      counts[type.name, default: 0] += 1
      let own = element.variant(type.name)
      let ordinal = "\(type.name)\(counts[type.name] ?? 1)"
      let name = own.optionalString("name") ?? ordinal
      let inputs = own.strings("inputs")
      let operation = type.init(own.values(type.options))
      own.finish()
      checkName(name, own)
      return Network.Layer(name, operation, inputs: inputs)
    }
    return section.reader.problems.count > problems ? nil : layers.compactMap { $0 }
  }

  private static func operation(_ element: ConfigSection) -> (any LayerOperation.Type)? {
    let names = LayerOperations.all.map { $0.name }
    guard let value = element.members["operation"] else {
      element.report("operation", "missing; valid: \(names.joined(separator: ", "))")
      return nil
    }
    guard let name = element.string(value, at: element.path("operation")) else { return nil }
    if let type = LayerOperations.all.first(where: { $0.name == name }) { return type }
    element.report("operation", "\(value.excerpt) is no operation; \(ConfigSection.advice(name, names))")
    return nil
  }

  /// Names are parts of tensors' names in files.
  private static func checkName(_ name: String, _ section: ConfigSection) {
    guard !ConfigSection.isPlainName(name) else { return }
    section.report(
      "name",
      "\(JSONValue.string(name).excerpt) is not a name for a layer; allowed: 1 to 100 letters, digits, '.', '_' and '-'"
    )
  }

  /// The list, every option filled in.
  package static func json(_ layers: [Network.Layer]) -> JSONValue {
    .array(
      layers.map { layer in
        .object(
          JSONObject(
            [("name", .string(layer.name)), ("operation", .string(layer.operation.name))]
              + layer.operation.optionMembers
              + [("inputs", layer.inputs.isEmpty ? nil : .array(layer.inputs.map { .string($0) }))]))
      })
  }

  /// The layers of a list in a model file.
  ///
  /// - Throws: `ConfigError` with what is wrong.
  package static func read(_ json: JSONValue) throws(ConfigError) -> [Network.Layer] {
    let reader = ConfigReader()
    let section = reader.root(JSONObject([("layers", json)]))
    guard case .array(let values) = json, let layers = layers(values, at: "layers", of: section),
      reader.problems.isEmpty
    else {
      let problems = reader.problems.map { $0.line(source: "its network", overrides: []) }
      throw ConfigError(problems: problems.isEmpty ? ["its network is no list of layers"] : problems)
    }
    return layers
  }
}

extension ConfigSection {
  /// An element of a list that is an object.
  fileprivate func element(_ index: Int, of key: String, _ value: JSONValue) -> ConfigSection {
    var members = JSONObject()
    if case .object(let object) = value {
      members = object
    } else {
      refuse(value, expected: "an object", at: "\(path(key))[\(index)]", write: nil)
    }
    return ConfigSection(
      reader: reader, path: "\(path(key))[\(index)]", fieldPath: path(key) + ConfigField.element,
      members: members)
  }

  /// The same object, whose keys are those of one operation.
  fileprivate func variant(_ operation: String) -> ConfigSection {
    let own = ConfigSection(
      reader: reader, path: path, fieldPath: "\(fieldPath)[\(operation)]", members: members)
    _ = own.take("operation")
    return own
  }

  /// Texts, none where the key is absent.
  func strings(_ key: String) -> [String] {
    record(key, .string, isList: true)
    guard let value = take(key) else { return [] }
    guard case .array(let values) = value else {
      refuse(value, expected: "a list", at: path(key), write: ConfigForm.list(of: .string, value))
      return []
    }
    return values.enumerated().compactMap { string($1, at: "\(path(key))[\($0)]") }
  }
}
