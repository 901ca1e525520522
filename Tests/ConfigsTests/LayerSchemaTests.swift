import Configs
import Files
import Foundation
import GraphExec
import TestSupport
import Testing
import Text

/// Protects `configs/layer.schema.json`, which is made from the descriptions of the operations, from falling behind them.
///
/// `WHITTLE_WRITE_SCHEMA=1 swift test --filter LayerSchemaTests` writes it anew.
@Suite struct LayerSchemaTests {
  private static let path = Repository.configs + "/layer.schema.json"

  @Test("the schema of a layer is that of the operations there are")
  func isCurrent() throws {
    if ProcessInfo.processInfo.environment["WHITTLE_WRITE_SCHEMA"] != nil {
      try AtomicFile.write(Self.schema.pretty, to: Self.path)
    }
    #expect(try JSONParser.parse(FileSystem.read(Self.path)) == Self.schema)
  }

  private static var schema: JSONValue {
    object([
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("title", .string("Layer of a Whittle network")),
      ("oneOf", .array(LayerOperations.all.map(branch))),
    ])
  }

  private static func branch(_ operation: any LayerOperation.Type) -> JSONValue {
    let required = operation.options.filter { $0.defaultValue == nil }.map(\.name)
    let name = (
      "name",
      described("The layer's name; absent, its operation and how many of these came before.", "string")
    )
    let inputs = (
      "inputs",
      object([
        (
          "description", .string("Names of the layers that it reads, or images; absent, the layer before it.")
        ),
        ("type", .string("array")), ("items", object([("type", .string("string"))])),
      ])
    )
    return object([
      ("type", .string("object")), ("additionalProperties", .bool(false)),
      ("required", .array((["operation"] + required).map { .string($0) })),
      (
        "properties",
        object(
          [name, ("operation", object([("const", .string(operation.name))]))]
            + operation.options.map { ($0.name, option($0)) } + [inputs])
      ),
    ])
  }

  private static func option(_ option: OptionDescription) -> JSONValue {
    var members: [(String, JSONValue?)] = [("description", .string(option.help))]
    switch option.kind {
    case .integer(let range): members += integer(range)
    case .number(let lower, let upper, let excludesLower, let excludesUpper):
      members += [
        ("type", .string("number")), (excludesLower ? "exclusiveMinimum" : "minimum", JSONValue(lower)),
        (excludesUpper ? "exclusiveMaximum" : "maximum", JSONValue(upper)),
      ]
    case .flag: members.append(("type", .string("boolean")))
    case .ascending(let range):
      members += [("type", .string("array")), ("items", object(integer(range)))]
    }
    members.append(("default", option.defaultValue?.json))
    return object(members)
  }

  private static func integer(_ range: ClosedRange<Int>) -> [(String, JSONValue?)] {
    [
      ("type", .string("integer")), ("minimum", JSONValue(range.lowerBound)),
      ("maximum", JSONValue(range.upperBound)),
    ]
  }

  private static func described(_ text: String, _ type: String) -> JSONValue {
    object([("description", .string(text)), ("type", .string(type))])
  }

  private static func object(_ members: [(String, JSONValue?)]) -> JSONValue { .object(JSONObject(members)) }
}
