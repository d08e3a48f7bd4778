    /// <summary>How values of a type are read and written.</summary>
    internal abstract class Shape<T>
    {
        /// <summary>Whether it is of that shape, and its value.</summary>
        internal abstract bool Read(Json json, out T value);

        internal abstract Json ToJson(T value);

        /// <summary>Of a text as it goes on the wire.</summary>
        internal virtual bool Parse(string text, out T value)
        {
            Json json = Json.Parse(text);
            value = default(T);
            return json != null && Read(json, out value);
        }

        /// <summary>As a text goes on the wire; null where there is nothing to tell.</summary>
        internal virtual string ToText(T value)
        {
            Json json = ToJson(value);
            return json.Kind == JsonKind.Null ? null : json.ToString();
        }

        /// <summary>The value of a flag, or that of the fallback, which is of that shape.</summary>
        internal T Of(IDictionary<string, string> texts, string name, string fallback)
        {
            string text;
            T value;
            if (texts.TryGetValue(name, out text) && Parse(text, out value)) return value;
            Parse(fallback, out value);
            return value;
        }
    }

    internal static class Shape
    {
        internal static readonly Shape<string> Text = new TextShape();
        internal static readonly Shape<double> Number = new NumberShape();
        internal static readonly Shape<long> Whole = new WholeShape();
        internal static readonly Shape<bool> Truth = new TruthShape();
        internal static readonly Shape<Json> AnyJson = new AnyJsonShape();

        internal static Shape<List<T>> ListOf<T>(Shape<T> item)
        {
            return new ListShape<T>(item);
        }

        internal static Shape<T?> ValueOrNull<T>(Shape<T> of) where T : struct
        {
            return new ValueOrNullShape<T>(of);
        }

        internal static Shape<T> ObjectOrNull<T>(Shape<T> of) where T : class
        {
            return new ObjectOrNullShape<T>(of);
        }
    }

    internal sealed class TextShape : Shape<string>
    {
        internal override bool Read(Json json, out string value)
        {
            value = json.Text;
            return json.Kind == JsonKind.Text;
        }

        internal override Json ToJson(string value)
        {
            return Json.Of(value);
        }

        internal override bool Parse(string text, out string value)
        {
            value = text;
            return text != null;
        }

        internal override string ToText(string value)
        {
            return value;
        }
    }

    internal sealed class NumberShape : Shape<double>
    {
        internal override bool Read(Json json, out double value)
        {
            value = json.Number;
            return json.Kind == JsonKind.Number;
        }

        internal override Json ToJson(double value)
        {
            return Json.Of(value);
        }
    }

    internal sealed class WholeShape : Shape<long>
    {
        private const double WholeMax = 9007199254740991;

        internal override bool Read(Json json, out long value)
        {
            bool whole = json.Kind == JsonKind.Number && Math.Abs(json.Number) <= WholeMax
                && Math.Truncate(json.Number).Equals(json.Number);
            value = whole ? (long)json.Number : 0;
            return whole;
        }

        internal override Json ToJson(long value)
        {
            return Json.Of((double)value);
        }

        internal override string ToText(long value)
        {
            return value.ToString(CultureInfo.InvariantCulture);
        }
    }

    internal sealed class TruthShape : Shape<bool>
    {
        internal override bool Read(Json json, out bool value)
        {
            value = json.Truth;
            return json.Kind == JsonKind.Boolean;
        }

        internal override Json ToJson(bool value)
        {
            return Json.Of(value);
        }
    }

    internal sealed class AnyJsonShape : Shape<Json>
    {
        internal override bool Read(Json json, out Json value)
        {
            value = json;
            return true;
        }

        internal override Json ToJson(Json value)
        {
            return value ?? Json.Null;
        }
    }

    internal sealed class ChoiceShape<T> : Shape<T> where T : struct
    {
        private readonly string[] _texts;
        private readonly T[] _values;

        internal ChoiceShape(string[] texts, T[] values)
        {
            _texts = texts;
            _values = values;
        }

        internal override bool Read(Json json, out T value)
        {
            value = default(T);
            return json.Kind == JsonKind.Text && Parse(json.Text, out value);
        }

        internal override Json ToJson(T value)
        {
            return Json.Of(ToText(value));
        }

        internal override bool Parse(string text, out T value)
        {
            int at = System.Array.IndexOf(_texts, text);
            value = at < 0 ? default(T) : _values[at];
            return at >= 0;
        }

        internal override string ToText(T value)
        {
            int at = System.Array.IndexOf(_values, value);
            return at < 0 ? null : _texts[at];
        }
    }

    internal sealed class ListShape<T> : Shape<List<T>>
    {
        private readonly Shape<T> _item;

        internal ListShape(Shape<T> item)
        {
            _item = item;
        }

        internal override bool Read(Json json, out List<T> value)
        {
            value = new List<T>();
            if (json.Kind != JsonKind.Array) return false;
            foreach (Json each in json.Items)
            {
                T item;
                if (!_item.Read(each, out item)) return false;
                value.Add(item);
            }
            return true;
        }

        internal override Json ToJson(List<T> value)
        {
            if (value == null) return Json.Null;
            var items = new List<Json>();
            foreach (T each in value) items.Add(_item.ToJson(each));
            return Json.Of(items);
        }
    }

    internal sealed class ValueOrNullShape<T> : Shape<T?> where T : struct
    {
        private readonly Shape<T> _of;

        internal ValueOrNullShape(Shape<T> of)
        {
            _of = of;
        }

        internal override bool Read(Json json, out T? value)
        {
            value = null;
            if (json.Kind == JsonKind.Null) return true;
            T found;
            if (!_of.Read(json, out found)) return false;
            value = found;
            return true;
        }

        internal override Json ToJson(T? value)
        {
            return value.HasValue ? _of.ToJson(value.Value) : Json.Null;
        }

        internal override bool Parse(string text, out T? value)
        {
            T found;
            bool read = _of.Parse(text, out found);
            value = read ? found : (T?)null;
            return read;
        }

        internal override string ToText(T? value)
        {
            return value.HasValue ? _of.ToText(value.Value) : null;
        }
    }

    internal sealed class ObjectOrNullShape<T> : Shape<T> where T : class
    {
        private readonly Shape<T> _of;

        internal ObjectOrNullShape(Shape<T> of)
        {
            _of = of;
        }

        internal override bool Read(Json json, out T value)
        {
            value = null;
            return json.Kind == JsonKind.Null || _of.Read(json, out value);
        }

        internal override Json ToJson(T value)
        {
            return value == null ? Json.Null : _of.ToJson(value);
        }

        internal override bool Parse(string text, out T value)
        {
            return _of.Parse(text, out value);
        }

        internal override string ToText(T value)
        {
            return value == null ? null : _of.ToText(value);
        }
    }

    /// <summary>What may stand at a member of an object.</summary>
    internal enum Presence { Required, Optional, OptionalOrNull }

    internal abstract class Member<T>
    {
        internal string Name;

        internal abstract bool Read(Json json, T into);
        internal abstract bool Parse(string text, T into);
        internal abstract Json ToJson(T value);
        internal abstract string ToText(T value);
    }

    internal sealed class Member<T, TValue> : Member<T>
    {
        private readonly Presence _presence;
        private readonly Shape<TValue> _shape;
        private readonly Func<T, TValue> _get;
        private readonly Action<T, TValue> _set;

        internal Member(string name, Presence presence, Shape<TValue> shape, Func<T, TValue> get, Action<T, TValue> set)
        {
            Name = name;
            _presence = presence;
            _shape = shape;
            _get = get;
            _set = set;
        }

        internal override bool Read(Json json, T into)
        {
            Json found = json[Name];
            if (found == null) return _presence != Presence.Required;
            if (found.Kind == JsonKind.Null && _presence == Presence.Optional) return false;
            TValue value;
            if (!_shape.Read(found, out value)) return false;
            _set(into, value);
            return true;
        }

        internal override bool Parse(string text, T into)
        {
            TValue value;
            if (!_shape.Parse(text, out value)) return false;
            _set(into, value);
            return true;
        }

        /// <summary>Null where it is left out.</summary>
        internal override Json ToJson(T value)
        {
            TValue member = _get(value);
            return member == null && _presence != Presence.Required ? null : _shape.ToJson(member);
        }

        internal override string ToText(T value)
        {
            return _shape.ToText(_get(value));
        }
    }

    internal sealed class RecordShape<T> : Shape<T> where T : class
    {
        private readonly Func<T> _make;
        private readonly Member<T>[] _members;

        internal RecordShape(Func<T> make, params Member<T>[] members)
        {
            _make = make;
            _members = members;
        }

        internal override bool Read(Json json, out T value)
        {
            value = _make();
            if (json.Kind != JsonKind.Object) return false;
            foreach (Member<T> each in _members)
            {
                if (!each.Read(json, value)) return false;
            }
            return true;
        }

        internal override Json ToJson(T value)
        {
            if (value == null) return Json.Null;
            var members = new List<KeyValuePair<string, Json>>();
            foreach (Member<T> each in _members)
            {
                Json member = each.ToJson(value);
                if (member != null) members.Add(new KeyValuePair<string, Json>(each.Name, member));
            }
            return Json.Of(members);
        }

        /// <summary>The members as texts go on the wire, without those that are left out.</summary>
        internal Dictionary<string, string> ToTexts(T value)
        {
            var texts = new Dictionary<string, string>();
            foreach (Member<T> each in _members)
            {
                string text = value == null ? null : each.ToText(value);
                if (text != null) texts[each.Name] = text;
            }
            return texts;
        }

        /// <summary>Of texts as they go on the wire, without those that are wrong.</summary>
        internal T OfTexts(IEnumerable<KeyValuePair<string, string>> texts)
        {
            T value = _make();
            foreach (KeyValuePair<string, string> each in texts)
            {
                foreach (Member<T> member in _members)
                {
                    if (member.Name == each.Key) member.Parse(each.Value, value);
                }
            }
            return value;
        }
    }

    /// <summary>What the SDK's event is made of.</summary>
    public sealed class EventPayload
    {
        internal EventPayload(string name, DateTime? at, string value, Dictionary<string, string> metadata)
        {
            Name = name;
            Timestamp = at ?? DateTime.UtcNow;
            Value = value;
            Metadata = metadata ?? new Dictionary<string, string>();
        }

        /// <summary>The name of the event.</summary>
        public string Name { get; }

        /// <summary>When it was.</summary>
        public DateTime Timestamp { get; }

        /// <summary>Its value; null if it has none.</summary>
        public string Value { get; }

        /// <summary>Its metadata.</summary>
        public Dictionary<string, string> Metadata { get; }
    }
