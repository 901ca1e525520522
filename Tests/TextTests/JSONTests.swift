import Testing
import Text

/// Protects the reader that configs and safetensors headers go through.
@Suite("JSON")
struct JSONTests {
  @Test("a document survives writing and reading, in both forms, with the order of its keys")
  func roundTrip() throws {
    let text = #"{"b":[1,-2.5e-3,true,null],"a":{"é\n\"\\\u0001":"x"},"c":[{"d":[]},{}]}"#
    let value = try JSONParser.parse(text)
    #expect(try JSONParser.parse(value.compact) == value)
    #expect(try JSONParser.parse(value.pretty) == value)
    #expect(value.compact == text)
  }

  @Test(
    "what is not JSON is refused with its place",
    arguments: [
      ("[1,]", 1, 4), ("[01]", 1, 2), ("[1.]", 1, 4), ("[+1]", 1, 2), ("{\"a\" 1}", 1, 6), ("\"a", 1, 1),
      ("\"\\x\"", 1, 2), ("\"\\ud800\"", 1, 2), ("[1] 2", 1, 5), ("tru", 1, 1), ("\n\n nul", 3, 2),
      ("\"\t\"", 1, 2),
    ])
  func syntaxErrors(text: String, line: Int, column: Int) {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(text) }
    #expect(error?.line == line && error?.column == column, "\(error?.description ?? "")")
  }

  @Test("bytes that are not UTF-8, and nesting that would exhaust the stack, are refused")
  func hostile() {
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xff, 0x22]) }
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(String(repeating: "[", count: 1_000_000)) }
  }

  @Test("escapes mean what RFC 8259 says")
  func escapes() throws {
    #expect(try JSONParser.parse(#""\u00e9\ud83d\ude00\/\b\f""#) == .string("é😀/\u{8}\u{c}"))
  }

  @Test(
    "numbers are written in their shortest exact form",
    arguments: [
      (0.0, "0", "0"), (0.5, "0.5", "0.5"), (100, "100", "100"), (1e-8, "1e-08", "0.00000001"),
      (1.25e-5, "1.25e-05", "0.0000125"), (0.9999, "0.9999", "0.9999"), (1e16, "1e+16", "10000000000000000"),
      (1.5e17, "1.5e+17", "150000000000000000"), (-2.5e-7, "-2.5e-07", "-0.00000025"),
    ])
  func numbers(value: Double, shortest: String, plain: String) {
    #expect(DecimalText.shortest(value) == shortest)
    #expect(DecimalText.plain(value) == plain)
    #expect(Double(plain) == value)
  }

  @Test(
    "fractions are written in per cent as exactly as they are",
    arguments: [
      (0.0, "0%"), (0.5, "50%"), (0.07, "7%"), (0.005, "0.5%"), (0.9995, "99.95%"), (1, "100%"),
      (1e-9, "0.0000001%"), (0.5000000001, "50.00000001%"), (0.30000000000000004, "30.000000000000004%"),
    ])
  func percent(fraction: Double, text: String) {
    #expect(DecimalText.percent(fraction) == text)
  }
}
