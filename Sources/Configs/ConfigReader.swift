import Text

/// Collects what a pass over a config finds: every problem, and every key that the decoder knows.
package final class ConfigReader {
  /// The keys that the decoder asked for, in order.
  package private(set) var fields: [ConfigField] = []
  private var found: [ConfigProblem] = []
  private var unknownKeys: [UnknownKey] = []

  package init() {}

  /// Starts at the root of a document.
  package func root(_ object: JSONObject) -> ConfigSection {
    ConfigSection(reader: self, path: "", fieldPath: "", members: object)
  }

  /// Everything that is wrong.
  package var problems: [ConfigProblem] { found + unknownKeys.map(describe) }

  func report(_ problem: ConfigProblem) { found.append(problem) }

  func report(_ key: UnknownKey) { unknownKeys.append(key) }

  func record(_ field: ConfigField) { fields.append(field) }

  private func describe(_ unknown: UnknownKey) -> ConfigProblem {
    let (key, siblings) = (unknown.key, unknown.siblings)
    let prefix = unknown.section.isEmpty ? "" : unknown.section + "."
    // A sibling first; else the same or a similar name that belongs elsewhere, but to no element of a list.
    let places = fields.map(\.path).filter { !$0.contains(ConfigField.element) }
      .map { $0.replacing(/\[[^\]]*\]/, with: "") }
    let elsewhere = Dictionary(
      places.map { (ConfigSection.leaf($0), $0) }, uniquingKeysWith: { first, _ in first })
    let nearest =
      NearestName.find(key, among: siblings).map { prefix + $0 }
      ?? NearestName.find(key, among: elsewhere.keys.sorted()).flatMap { elsewhere[$0] }
    let advice = nearest.map { "did you mean \($0)?" } ?? "valid keys: \(siblings.joined(separator: ", "))"
    return ConfigProblem(
      path: prefix + key, text: "unknown key; \(advice)",
      involved: unknown.isOfVariant ? [prefix + "name"] : [])
  }
}

/// A key that the decoder did not ask for.
struct UnknownKey {
  let key: String
  let section: String
  /// The keys that the section has.
  let siblings: [String]
  /// Whether the section's name decides which these are.
  let isOfVariant: Bool
}
