import Files
import Text

/// Everything that is wrong with a config, a line each.
package struct ConfigError: Error, CustomStringConvertible {
  package let problems: [String]
  /// Whether the command line brought all of it about, and not the file.
  package let isOfCommandLine: Bool

  package init(problems: [String], isOfCommandLine: Bool = false) {
    self.problems = problems
    self.isOfCommandLine = isOfCommandLine
  }

  package var description: String { problems.joined(separator: "\n") }
}

extension StudyConfig {
  /// A config is a page of text.
  private static let maximumSize = 1 << 20

  /// Reads a config file, applies overrides to it, and decodes the result.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - overrides: what the command line says, which goes before what the file says.
  /// - Throws: `ConfigError` with every problem, each line naming the file or the option; `ConfigOverrideError`.
  package static func load(path: String, overrides: [ConfigOverride] = []) throws -> StudyConfig {
    let parsed: JSONValue
    do {
      parsed = try JSONParser.parse(FileSystem.read(path, limit: maximumSize))
    } catch let error as JSONSyntaxError {
      throw ConfigError(problems: ["\(path): not valid JSON: \(error)"])
    } catch let error as FileError {
      throw ConfigError(problems: [error.description])
    } catch let error as FileFormatError {
      throw ConfigError(problems: [error.description])
    }
    return try StudyConfig(json: parsed, source: path, overrides: overrides)
  }

  /// Applies overrides to a config and decodes the result.
  ///
  /// - Parameter source: what the lines about problems of `json` start with, usually the file's path.
  /// - Throws: `ConfigError` with every problem; `ConfigOverrideError`.
  package init(json: JSONValue, source: String, overrides: [ConfigOverride] = []) throws {
    var json = json
    if case .object = json { try ConfigOverride.apply(overrides, to: &json) }
    guard case .object(let object) = json else {
      throw ConfigError(problems: ["\(source): expected a JSON object, got \(json.kind)"])
    }
    let reader = ConfigReader()
    let config = StudyConfig(from: reader.root(object))
    let problems = reader.problems
    guard problems.isEmpty else {
      throw ConfigError(
        problems: problems.map { $0.line(source: source, overrides: overrides) },
        isOfCommandLine: problems.allSatisfy { $0.isOfCommandLine(overrides) })
    }
    self = config
  }
}
