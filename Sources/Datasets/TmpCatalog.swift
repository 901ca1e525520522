import Foundation

public enum DatasetCatalog {
  public static func load(_ request: DatasetRequest) throws -> Dataset {
    if request.name == "synthetic-digits" {
      let t = SyntheticDigits(seed: request.seed).images("t", of: .train, range: 0..<(request.train ?? 12000))
      let e = SyntheticDigits(seed: request.seed).images("t", of: .test, range: 0..<(request.test ?? 2000))
      return Dataset(name: request.name, classes: 10, train: t, test: e)
    }
    func set(_ p: String, _ n: Int?, skip: Int = 0) throws -> ImageSet {
      let im = [UInt8](
        try Data(contentsOf: URL(fileURLWithPath: "\(request.directory!)/\(p)-images-idx3-ubyte")))
      let l = [UInt8](
        try Data(contentsOf: URL(fileURLWithPath: "\(request.directory!)/\(p)-labels-idx1-ubyte")))
      let c = min(n ?? (l.count - 8 - skip), l.count - 8 - skip)
      return ImageSet(
        name: p, images: Array(im[(16 + skip * 784)..<(16 + (skip + c) * 784)]),
        labels: Array(l[(8 + skip)..<(8 + skip + c)]), rows: 28, columns: 28)
    }
    return Dataset(
      name: request.name, classes: 10, train: try set("train", request.train, skip: request.validation ?? 0),
      test: try set("t10k", request.test))
  }
}
public struct DatasetError: Error {}
