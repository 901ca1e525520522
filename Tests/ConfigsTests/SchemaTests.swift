import Configs
import Files
import GraphExec
import TestSupport
import Testing
import Text

/// Protects the editors' schema from drifting away from what the decoder accepts.
@Suite("Config schema")
struct SchemaTests {
  private static let schema = try? JSONParser.parse(FileSystem.read(Repository.configs + "/schema.json"))

  /// Documents that together take the decoder through every variant.
  private static let variants =
    Optimizers.all.map { #""training": {"optimizer": {"name": "\#($0.name)"}}"# }
    + RateSchedules.all.map { #""training": {"schedule": {"name": "\#($0.name)"}}"# } + [
      #""dataset": {"normalization": "none"}"#, #""dataset": {"normalization": {}}"#,
      #""model": {"initializer": {"name": "he_normal"}}"#,
      #""model": {"initializer": {"name": "normal"}}"#,
      #""pruning": {"schedule": {"name": "constant"}}"#,
      #""pruning": {"schedule": {"name": "one_shot"}}"#,
      #""pruning": {"schedule": {"name": "polynomial"}}"#,
      #""pruning": {"schedule": {"name": "iterative"}}"#,
      #""pruning": {"schedule": {"name": "set"}}"#,
      #""pruning": {"schedule": {"name": "rigl"}}"#,
    ]

  private func decoderFields() throws -> [String: ConfigField] {
    var fields: [String: ConfigField] = [:]
    for variant in Self.variants {
      guard case .object(let object) = try JSONParser.parse("{\(variant)}") else { continue }
      let reader = ConfigReader()
      _ = StudyConfig(from: reader.root(object))
      for field in reader.fields { fields[field.path] = field }
    }
    return fields
  }

  @Test("the schema and the decoder know the same keys, types, defaults, names and ranges")
  func sameFields() throws {
    let decoder = try decoderFields()
    let schema = try SchemaFields(#require(Self.schema)).fields
    #expect(decoder.keys.sorted() == schema.keys.sorted())
    for (path, field) in decoder {
      #expect(schema[path] == field, "\(path)")
    }
  }

  @Test("every key of the schema has a description, and every object refuses unknown keys")
  func descriptions() throws {
    let fields = try SchemaFields(#require(Self.schema))
    #expect(fields.undescribed == [])
    #expect(fields.open == [])
  }

  @Test("every config in the repository is accepted, and its canonical form reads back as the same study")
  func repositoryConfigs() throws {
    let names = try FileSystem.names(in: Repository.configs).filter {
      $0.hasSuffix(".json") && !$0.hasSuffix("schema.json")
    }
    #expect(names.count >= 10)
    for name in names {
      let config = try StudyConfig.load(path: Repository.configs + "/" + name)
      #expect(config.name + ".json" == name)
      #expect(config.output == "runs/\(config.name)")
      #expect(try StudyConfig(json: JSONParser.parse(config.json.pretty), source: name) == config)
    }
  }
}

/// Reads a JSON Schema back into the decoder's terms.
private struct SchemaFields {
  var fields: [String: ConfigField] = [:]
  var undescribed: [String] = []
  var open: [String] = []

  init(_ schema: JSONValue) { object(schema, at: "") }

  private mutating func object(_ schema: JSONValue, at path: String) {
    if case .object? = schema["additionalProperties"], let value = schema["additionalProperties"] {
      // Names that the config chooses.
      fields[path + "[]"] = field(value, at: path + "[]", isRequired: false)
    } else if schema["additionalProperties"] != .bool(false) {
      open.append(path)
    }
    let required = schema["required"]?.strings ?? []
    for member in schema["properties"]?.members ?? [] where member.value["const"] == nil {
      let place = path.isEmpty ? member.key : "\(path).\(member.key)"
      if member.value["description"] == nil { undescribed.append(place) }
      property(member.value, at: place, isRequired: required.contains(member.key))
    }
  }

  private mutating func property(_ schema: JSONValue, at path: String, isRequired: Bool) {
    if schema["type"] == .string("object") { return object(schema, at: path) }
    guard case .array(let all)? = schema["oneOf"] else {
      fields[path] = field(schema, at: path, isRequired: isRequired)
      return
    }
    // The layers themselves are in a schema of their own.
    let branches = all.filter { $0["items"]?["$ref"] == nil }
    let names = branches.compactMap { $0["properties"]?["name"]?["const"] }
    for branch in branches {
      if names.isEmpty, branch["type"] == .string("object") {
        object(branch, at: path)
        continue
      }
      guard case .string(let name)? = branch["properties"]?["name"]?["const"] else {
        // The short form: a bare name, or widths.
        var short = field(branch, at: path, isRequired: isRequired)
        short.defaultValue = schema["default"]
        fields[path] = short
        continue
      }
      let place = "\(path)[\(name)]"
      object(branch, at: place)
      let fallback = schema["default"]?["name"]
      let isNameRequired = branch["required"]?.strings.contains("name") ?? false
      // Only the default variant may leave out its name.
      #expect(isNameRequired == (fallback != .string(name)), "\(place)")
      fields["\(place).name"] = ConfigField(
        path: "\(place).name", kind: .string, isRequired: fallback == nil, defaultValue: fallback,
        names: names.flatMap(\.strings))
    }
  }

  private func field(_ schema: JSONValue, at path: String, isRequired: Bool) -> ConfigField {
    let item = schema["items"] ?? schema
    var range: NumberRange?
    if let lower = item.double("minimum") ?? item.double("exclusiveMinimum"),
      let upper = item.double("maximum") ?? item.double("exclusiveMaximum")
    {
      range = NumberRange(
        lower: lower, upper: upper, excludesLower: item["exclusiveMinimum"] != nil,
        excludesUpper: item["exclusiveMaximum"] != nil)
    }
    return ConfigField(
      path: path, kind: ConfigField.Kind(rawValue: item["type"]?.strings.first ?? "") ?? .string,
      isList: schema["items"] != nil, isRequired: isRequired,
      defaultValue: schema["default"]?.canonical, names: item["enum"]?.strings, range: range)
  }
}

extension JSONValue {
  fileprivate subscript(key: String) -> JSONValue? {
    if case .object(let object) = self { object[key] } else { nil }
  }

  fileprivate var members: [JSONObject.Member] {
    if case .object(let object) = self { object.members } else { [] }
  }

  fileprivate var strings: [String] {
    switch self {
    case .string(let text): [text]
    case .array(let values): values.flatMap(\.strings)
    default: []
    }
  }

  fileprivate func double(_ key: String) -> Double? {
    if case .number(let literal)? = self[key] { Double(literal) } else { nil }
  }

  /// The same value with numbers as Whittle writes them.
  fileprivate var canonical: JSONValue {
    switch self {
    case .number(let literal): Double(literal).map { JSONValue($0) } ?? self
    case .array(let values): .array(values.map(\.canonical))
    default: self
    }
  }
}
