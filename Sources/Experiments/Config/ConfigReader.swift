/// Collects what a pass over a config finds: every problem, and every key that the decoder knows.
package final class ConfigReader {
  /// The keys that the decoder asked for, in order.
  package private(set) var fields: [ConfigField] = []
  private var lines: [String] = []
  private var unknownKeys: [(section: String, key: String, siblings: [String])] = []

  package init() {}

  /// Starts at the root of a document.
  package func root(_ object: JSONObject) -> ConfigSection {
    ConfigSection(reader: self, path: "", fieldPath: "", members: object)
  }

  /// Everything that is wrong, a line each.
  package var problems: [String] { lines + unknownKeys.map(describe) }

  func report(_ path: String, _ problem: String) { lines.append("\(path): \(problem)") }

  func reportUnknown(_ key: String, in section: String, siblings: [String]) {
    unknownKeys.append((section, key, siblings))
  }

  func record(_ field: ConfigField) { fields.append(field) }

  private func describe(section: String, key: String, siblings: [String]) -> String {
    let path = section.isEmpty ? key : section + "." + key
    let prefix = section.isEmpty ? "" : section + "."
    // A sibling first; else the same or a similar name that belongs elsewhere.
    let elsewhere = Dictionary(
      fields.filter { !$0.path.contains("[") }.map { (ConfigSection.leaf($0.path), $0.path) },
      uniquingKeysWith: { first, _ in first })
    let nearest =
      NearestName.find(key, among: siblings).map { prefix + $0 }
      ?? NearestName.find(key, among: elsewhere.keys.sorted()).flatMap { elsewhere[$0] }
    let advice = nearest.map { "did you mean \($0)?" } ?? "valid keys: \(siblings.joined(separator: ", "))"
    return "\(path): unknown key; \(advice)"
  }
}
