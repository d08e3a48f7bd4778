// A game that uses code made from definitions. Its arguments are the flags of an answer: name,
// value, name, value. It prints one line for each thing that it sees.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using GameDefinitions;

/// A flag as the official SDK has it.
public interface IApiFlag
{
    bool ConditionChanged { get; }
    string Name { get; }
    string Value { get; }
}

public sealed class ApiFlag : IApiFlag
{
    public bool ConditionChanged { get; set; }
    public string Name { get; set; }
    public string Value { get; set; }
}

public static class Game
{
    private static Flags Read(params string[] texts)
    {
        var answer = new List<IApiFlag>();
        for (int at = 0; at + 1 < texts.Length; at += 2)
        {
            answer.Add(new ApiFlag { Name = texts[at], Value = texts[at + 1] });
        }
        return Flags.Of(answer, flag => flag.Name, flag => flag.Value);
    }

    private static void Tell(Flags flags)
    {
        ShopOfferValue offer = flags.ShopOffer;
        long discount = offer.Discount;
        List<string> tags = offer.Tags;
        ShopOfferValue.Mode_Type? mode = offer.Mode;
        double speed = flags.SpinSpeed;
        bool on = flags.Class;
        string told = speed.ToString(CultureInfo.InvariantCulture);
        Console.WriteLine(string.Join(
            " ",
            discount,
            tags == null ? 0 : tags.Count,
            mode == ShopOfferValue.Mode_Type.Hard,
            told,
            on,
            flags.Greeting,
            flags.Difficulty == DifficultyValue.Easy ? "easy" : "hard"));
    }

    private static void TellFlags(string[] arguments)
    {
        Console.WriteLine(FlagNames.ShopOffer + " " + EventNames.RaidFinished);
        Tell(Read(arguments));
        Tell(new Flags());
        string[] wrong =
        {
            null, "null", "[", "\"x\"", "{}", "{\"discount\":1.5}", "{\"discount\":1,\"mode\":\"x\"}",
            "{\"discount\":1e999}", "{\"discount\":1} 2", "{\"discount\":01}", new string('[', 100000),
            "{\"discount\":1,\"tags\":[\"\\ud83d\"]}", "{\"discount\":1,\"tags\":null}",
        };
        Console.WriteLine(string.Concat(wrong.Select(each => Read("Shop-Offer", each).ShopOffer.Discount)));
        Flags escapes = Read(
            "Shop-Offer",
            " {\"discount\":5e0, \"tags\":[\"\\u00E9\\ud83d\\ude00\\n\"],\"mode\":null,\"extra\":null,\"more\":[{}]} ");
        Console.WriteLine(escapes.ShopOffer.Tags[0] == "\u00e9\ud83d\ude00\n" && escapes.ShopOffer.Mode == null);
    }

    private static void TellEvents()
    {
        EventPayload made = Events.RaidFinished(new RaidFinishedFields
        {
            Value = 0.1,
            Metadata = { Level = 7, Won = true, Who = "a \"b\"" },
        });
        IEnumerable<string> metadata = made.Metadata.Select(each => each.Key + "=" + each.Value);
        Console.WriteLine(made.Name + " " + made.Value + " " + string.Join(" ", metadata));
        Console.WriteLine(made.Timestamp.Kind + " " + (DateTime.UtcNow - made.Timestamp < TimeSpan.FromMinutes(1)));
        DateTime then = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        EventPayload none = Events.RaidFinished(new RaidFinishedFields { Value = double.NaN, At = then });
        Console.WriteLine((none.Value ?? "none") + " " + (none.Timestamp == then));
    }

    private static void TellProperties()
    {
        Dictionary<string, string> texts = PropertyTexts.Of(new CustomProperties { Rank = 12.5 });
        CustomProperties read = PropertyTexts.Read(new Dictionary<string, string> { { "rank", "8" } });
        CustomProperties wrong = PropertyTexts.Read(new Dictionary<string, string> { { "rank", "high" } });
        Console.WriteLine(texts["rank"] + " " + texts.Count + " " + read.Rank + " " + wrong.Rank.HasValue);
        Console.WriteLine(PropertyTexts.Of(new CustomProperties()).Count + " " + PropertyTexts.Read(null).Rank.HasValue);
    }

    private static void TellJson()
    {
        const string text = "{\"a\":[1,-2.5E-3,0.1,1E+300,true,false,null,\"\\u0001\\\"\\\\\\u00e9\"],\"a\":{}}";
        Json json = Json.Parse(text);
        Json again = Json.Parse(json.ToString());
        Console.WriteLine(again.ToString() == json.ToString());
        Console.WriteLine(json["a"].Kind + " " + (json["b"] == null) + " " + json.Members[0].Value);
    }

    public static void Main(string[] arguments)
    {
        // Half of the players have a comma in their numbers.
        Thread.CurrentThread.CurrentCulture = new CultureInfo("de-DE");
        TellFlags(arguments);
        TellEvents();
        TellProperties();
        TellJson();
    }
}
