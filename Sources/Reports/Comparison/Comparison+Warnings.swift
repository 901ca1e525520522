import Text

extension Comparison {
  /// What a reader must know before comparing, in sentences: where the studies differ beside their pruning, and each
  /// study's own warnings.
  package var warnings: [String] {
    var lines: [String] = []
    let differences = differences
    if !differences.isEmpty {
      lines.append(
        "The studies differ in more than their pruning: " + differences.joined(separator: "; ") + ".")
    }
    if devices.count > 1 {
      lines.append(
        "Their times were measured on different devices and are not compared: "
          + devices.joined(separator: "; ") + ".")
    }
    for (study, name) in zip(studies, names) {
      lines += study.warnings.map { "\(name): \($0)" }
    }
    return lines
  }

  /// Keys of the configs that have different values, each with the value of every study.
  private var differences: [String] {
    let configs = studies.map { Self.leaves($0.config) }
    var keys: [String] = []
    for key in configs.flatMap({ $0.map(\.key) }) where !keys.contains(key) { keys.append(key) }
    return keys.compactMap { key in
      let values = configs.map { leaves in leaves.first { $0.key == key }?.value ?? "not set" }
      guard Set(values).count > 1 else { return nil }
      return "\(key) is " + zip(values, names).map { "\($0) in \($1)" }.joined(separator: ", ")
    }
  }

  /// What may differ: it is what studies are compared by, or does not change what is learnt.
  private static let ignored: Set = [
    "name", "description", "pruning", "seeds", "metrics", "execution", "directory", "output",
  ]

  /// The values of a config by their dotted keys; lists as one value.
  private static func leaves(_ value: JSONValue?, at path: String = "") -> [(key: String, value: String)] {
    guard case .object(let object)? = value else { return value.map { [(path, $0.plainText)] } ?? [] }
    return object.members.filter { !ignored.contains($0.key) || path == "model" }.flatMap {
      leaves($0.value, at: path.isEmpty ? $0.key : "\(path).\($0.key)")
    }
  }
}
