/// Everything that is wrong with a config, a line each.
package struct ConfigError: Error, CustomStringConvertible {
  package let problems: [String]

  package var description: String { problems.joined(separator: "\n") }
}

/// An override on the command line that is not `key.path=value`.
package struct ConfigOverrideError: Error, CustomStringConvertible {
  package let text: String

  package var description: String {
    "--set \(text): expected key.path=value, for example --set training.epochs=3"
  }
}

extension StudyConfig {
  /// A config is a page of text.
  private static let maximumSize = 1 << 20

  /// Reads a config file, applies overrides to it, and decodes the result.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - overrides: texts of the form `key.path=value`, where the value is JSON or else a bare string; `null`
  ///     removes the key.
  /// - Throws: `ConfigError` with every problem, each line naming the file; `ConfigOverrideError`.
  package static func load(path: String, overrides: [String] = []) throws -> StudyConfig {
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
    var json = parsed
    for text in overrides { try ConfigOverride(text).apply(to: &json) }
    return try StudyConfig(json: json, source: path)
  }

  /// Decodes a config.
  ///
  /// - Parameter source: what the problems' lines start with, usually the file's path.
  /// - Throws: `ConfigError` with every problem.
  package init(json: JSONValue, source: String) throws {
    guard case .object(let object) = json else {
      throw ConfigError(problems: ["\(source): expected a JSON object, got \(json.kind)"])
    }
    let reader = ConfigReader()
    let config = StudyConfig(from: reader.root(object))
    guard reader.problems.isEmpty else {
      throw ConfigError(problems: reader.problems.map { "\(source): \($0)" })
    }
    self = config
  }
}
