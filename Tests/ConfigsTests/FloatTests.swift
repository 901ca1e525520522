import Configs
import TestSupport
import Testing
import Text

/// Protects people from numbers that are fine on paper, and become 0 or 1 in the kernels' 32 bits.
@Suite("Numbers as the kernels see them")
struct FloatTests {
  private func load(_ override: ConfigOverride) throws -> StudyConfig {
    let file = """
      {"name": "s", "dataset": {"name": "mnist"}, "model": {"layers": [784, 10], "initializer": {"name": "normal"}},
       "training": {"epochs": 4}}
      """
    return try StudyConfig(json: JSONParser.parse(file), source: "c.json", overrides: [override])
  }

  @Test(
    "a number that rounds out of its range is refused with the nearest that does not",
    arguments: [
      ("training.optimizer.beta1", "0.99999999", "1", "0.99999994"),
      ("training.optimizer.beta2", "0.99999999", "1", "0.99999994"),
      ("training.optimizer.beta1", "1e-46", "0", "0"),
      ("training.optimizer.epsilon", "1e-46", "0", "1.1754944e-38"),
      ("training.optimizer.epsilon", "1e-39", "0", "1.1754944e-38"),
      ("training.optimizer.learning_rate", "1e-46", "0", "1.1754944e-38"),
      ("model.initializer.std", "1e-46", "0", "1.1754944e-38"),
    ])
  func refused(path: String, value: String, becomes: String, nearest: String) throws {
    let text = message { try load(ConfigOverride("\(path)=\(value)")).name }
    #expect(text.hasPrefix("--set \(path)=\(value): networks are trained in 32-bit floats, where "))
    #expect(text.hasSuffix(" becomes \(becomes); the nearest usable value is \(nearest)"), "\(text)")
    _ = try load(ConfigOverride("\(path)=\(nearest)"))
  }

  @Test(
    "a number that is too small for 64 bits is refused, not read as 0",
    arguments: [
      ("training.optimizer.beta1=1e-400", "--set training.optimizer.beta1=1e-400: 1e-400"),
      (
        "pruning.sparsities=[0.1e-400]",
        "--set pruning.sparsities=[0.1e-400]: pruning.sparsities[0]: 0.1e-400"
      ),
    ])
  func underflow(override: String, place: String) throws {
    let text = message { try load(ConfigOverride(override)).name }
    #expect(text == "\(place) is too small for a number; write 0, or a larger one")
  }

  @Test("usual numbers, and those at the ends of the ranges, are taken")
  func accepted() throws {
    for text in [
      "training.optimizer.beta1=0", "training.optimizer.beta1=0.0e-400",
      "training.optimizer.beta1=0.9", "training.optimizer.beta2=0.9999999",
      "training.optimizer.epsilon=1e-37", "training.optimizer.epsilon=1",
      "training.optimizer.learning_rate=10", "model.initializer.std=1000",
    ] {
      _ = try load(ConfigOverride(text))
    }
  }
}
