extension KnownDataset {
  /// Fashion-MNIST (Xiao, Rasul and Vollgraf 2017).
  public static let fashionMNIST = KnownDataset(
    name: "fashion-mnist", summary: "articles of clothing", classes: 10,
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
      "Ankle boot",
    ], trainCount: 60_000,
    testCount: 10_000,
    statistics: ChannelStatistics(mean: [0.2860], deviation: [0.3530]), files: .mnist,
    page: "https://github.com/zalandoresearch/fashion-mnist",
    digests: [
      .content("c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
      .content("bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
      .content("5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
      .content("0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ],
    mirrors: [
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    ])
}
