class_name GameDefinitions
extends RefCounted


## What the SDK's event is made of.
class EventPayload:
	extends RefCounted

	var name: String = ""
	## When it was, in seconds of Unix time.
	var timestamp: float = 0.0
	## Empty for none.
	var value: String = ""
	var metadata: Dictionary = {}


class Detail:
	extends RefCounted

	const WHOLE_MAX := 9007199254740991.0

	## Whether what JSON.parse made is of that shape: the name of its kind, and what the kind needs.
	static func fits(value: Variant, shape: Array) -> bool:
		match shape[0]:
			"text":
				return value is String
			"number":
				return is_number(value)
			"whole":
				return is_number(value) and absf(value) <= WHOLE_MAX and floorf(value) == value
			"truth":
				return value is bool
			"choice":
				return value is String and shape[1].has(value)
			"list":
				return value is Array and all_fit(value, shape[1])
			"null_or":
				return value == null or fits(value, shape[1])
			"record":
				return value is Dictionary and members_fit(value, shape[1])
		return true

	static func is_number(value: Variant) -> bool:
		return (value is float or value is int) and is_finite(value)

	static func all_fit(values: Array, shape: Array) -> bool:
		for each in values:
			if not fits(each, shape):
				return false
		return true

	## Each member is its name, whether it is required, and its shape.
	static func members_fit(value: Dictionary, members: Array) -> bool:
		for each in members:
			if not value.has(each[0]):
				if each[1]:
					return false
			elif not fits(value[each[0]], each[2]):
				return false
		return true

	## The value of a JSON text if it is of the shape, else that of the fallback, which is.
	static func read(texts: Dictionary, name: String, shape: Array, fallback: String) -> Variant:
		var json := JSON.new()
		var text: Variant = texts.get(name)
		if text is String and json.parse(text) == OK and fits(json.data, shape):
			return json.data
		json.parse(fallback)
		return json.data

	## The same for what goes on the wire as the text that it is.
	static func read_text(
		texts: Dictionary, name: String, shape: Array, fallback: String
	) -> String:
		var text: Variant = texts.get(name)
		return text if fits(text, shape) else fallback

	## The number of a text, or null.
	static func read_number(texts: Dictionary, name: String) -> Variant:
		var json := JSON.new()
		var text: Variant = texts.get(name)
		if text is String and json.parse(text) == OK and is_number(json.data):
			return float(json.data)
		return null

	static func strings(values: Array) -> Array[String]:
		var found: Array[String] = []
		for each in values:
			found.append(each)
		return found

	static func numbers(values: Array) -> Array[float]:
		var found: Array[float] = []
		for each in values:
			found.append(float(each))
		return found

	static func wholes(values: Array) -> Array[int]:
		var found: Array[int] = []
		for each in values:
			found.append(int(each))
		return found

	static func truths(values: Array) -> Array[bool]:
		var found: Array[bool] = []
		for each in values:
			found.append(each)
		return found

	## As JSON has it: objects of this file become dictionaries, numbers that are none null.
	static func plain(value: Variant) -> Variant:
		if value is float:
			return value if is_finite(value) else null
		if value is Array:
			var items: Array = []
			for each in value:
				items.append(plain(each))
			return items
		if value is Dictionary:
			var members: Dictionary = {}
			for each in value:
				members[each] = plain(value[each])
			return members
		if value is Object:
			return value._json()
		return value

	## Of members: the name, whether it is required, and the value.
	static func object(members: Array) -> Dictionary:
		var found: Dictionary = {}
		for each in members:
			if each[1] or each[2] != null:
				found[each[0]] = plain(each[2])
		return found

	## As texts go on the wire: texts as they are, the others as JSON.
	static func text_of(value: Variant) -> String:
		if value is String:
			return value
		return JSON.stringify(plain(value), "", false, true)

	static func tells_nothing(value: Variant) -> bool:
		return value == null or (value is float and not is_finite(value))

	## The members as texts, without those that are left out.
	static func texts_of(members: Array) -> Dictionary:
		var found: Dictionary = {}
		for each in members:
			if not tells_nothing(each[2]):
				found[each[0]] = text_of(each[2])
		return found

	static func event(name: String, value: Variant, metadata: Dictionary, at: float) -> EventPayload:
		var made := EventPayload.new()
		made.name = name
		made.timestamp = at if at > 0.0 else Time.get_unix_time_from_system()
		made.value = "" if tells_nothing(value) else text_of(value)
		made.metadata = metadata
		return made
